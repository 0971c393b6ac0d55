"""Prompts that name something to do: "making bread", "hacer pan", and what "how to" makes of them."""

from __future__ import annotations

from orchestrator.concepts.local_writer.language import Language
from orchestrator.concepts.local_writer.verbs import base_phrase


def howto_phrase(phrase: str, language: Language) -> str | None:
    """'making bread' -> 'make bread', 'hacer pan' -> 'cómo hacer pan'; None where `phrase` names no activity.

    English keeps the bare verb, since its titles use it in several forms.
    """
    first = phrase.partition(" ")[0].lower()
    if language.code == "en":
        return phrase if first in language.infinitives and " " in phrase else base_phrase(phrase)
    return language.how.format(topic=phrase) if first in language.infinitives else None

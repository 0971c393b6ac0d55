"""Prompts that name something to do: "making bread", "hacer pan", and what "how to" makes of them."""

from __future__ import annotations

import re

from orchestrator.concepts.local_writer.language import Language
from orchestrator.concepts.local_writer.verbs import base_phrase

_MINE = re.compile(r"\bmy\b", re.IGNORECASE)
"""A lesson is for the viewer: "teaching my dog" becomes "teach your dog"."""


def howto_phrase(phrase: str, language: Language) -> str | None:
    """'making bread' -> 'make bread', 'hacer pan' -> 'cómo hacer pan'; None where `phrase` names no activity.

    English keeps the bare verb, since its titles use it in several forms.
    """
    first = phrase.partition(" ")[0].lower()
    if language.code == "en":
        base = phrase if first in language.infinitives and " " in phrase else base_phrase(phrase)
        return base and _MINE.sub("your", base)
    return language.how.format(topic=phrase) if first in language.infinitives else None

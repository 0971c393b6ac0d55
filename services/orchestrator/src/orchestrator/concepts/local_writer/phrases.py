"""Filling phrases with a topic: which of them fit, in which order they are tried."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import TypeVar

from orchestrator.concepts.local_writer import english
from orchestrator.concepts.local_writer.language import Idea, Language
from orchestrator.concepts.local_writer.topic import Topic

T = TypeVar("T")

_SLOT = re.compile(r"\{(\w+)\}")
_TELLING_CHARS = 4
_KEY_CHARS = 12
_SPECIFIC = frozenset({"price", "duration", "days", "count", "key", "single"})


def shuffled(items: Sequence[T], seed: str) -> list[T]:
    """`items` in an order that depends on `seed` only, in every process and on every machine."""
    return sorted(items, key=lambda item: blake2b(f"{seed}\0{item}".encode(), digest_size=8).digest())


def slots_of(topic: Topic) -> dict[str, str]:
    """What a phrase may be filled with. A slot whose filling would not be grammatical is missing."""
    language = topic.language
    found = topic.numbers.slots()
    if topic.phrase and not topic.oblique:
        found |= {"topic": topic.phrase, "question": _question(topic)}
    if about := topic.about or _made_about(topic):
        found["about"] = about
    if topic.sides:
        found |= dict(zip("ab", topic.sides, strict=True))
    if topic.count:
        found["count"] = topic.count
    if language.code == "en":
        return found | english.slots(topic)
    longest = _KEY_CHARS if language.spaced else _KEY_CHARS // 2
    if topic.kind == "topic" and not topic.oblique and 0 < len(topic.phrase) <= longest and topic.phrase.count(" ") < 2:
        found["key"] = topic.phrase
    return found


def filled(
    phrases: Mapping[Idea, Sequence[str]], slots: Mapping[str, str], language: Language, seed: str
) -> dict[Idea, list[str]]:
    """For every idea the phrases that can be filled, those first that use a figure or the noun of the prompt."""
    return {idea: list(_fill_all(options, slots, language, seed)) for idea, options in phrases.items()}


def specifics_in(phrase: str, slots: Mapping[str, str]) -> frozenset[str]:
    """Which of the prompt's own figures and nouns `phrase` names."""
    return frozenset(name for name in _SPECIFIC & slots.keys() if slots[name].lower() in phrase.lower())


def _fill_all(options: Sequence[str], slots: Mapping[str, str], language: Language, seed: str) -> Iterator[str]:
    fitting = [
        option
        for option in options
        if slots.keys() >= set(_SLOT.findall(option)) and not _echoes(option, slots, language)
    ]
    ranked = sorted(shuffled(fitting, seed), key=lambda option: not _SPECIFIC & set(_SLOT.findall(option)))
    for option in ranked:
        yield _polished(_SLOT.sub(lambda match: slots[match[1]], option), language)


def _echoes(option: str, slots: Mapping[str, str], language: Language) -> bool:
    """Whether `option` says a word of its filling again: "The truth about" with "the truth about Mars"."""
    filling = " ".join(slots[name] for name in _SLOT.findall(option))
    said = {word for word in _words(filling) if len(word) >= _TELLING_CHARS}
    own = {word for word in _words(_SLOT.sub(" ", option)) if len(word) >= _TELLING_CHARS} - language.joints
    return any(one.startswith(other) or other.startswith(one) for one in own for other in said)


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", text.lower())


def _polished(text: str, language: Language) -> str:
    text = re.sub(r"([?!…]|\.\.\.)[.:]", r"\1", " ".join(text.split()))
    return english.title_case(text, language) if language.code == "en" else _capitalised(text, language)


def _capitalised(text: str, language: Language) -> str:
    """`text` with a capital where it begins, unless its first word carries one inside ("iPhone")."""
    first = re.search(r"[^\W_]+", text)
    if (
        first is None
        or any(char.isupper() for char in first[0][1:])
        or any(char.isdigit() for char in text[: first.start() + 1])
    ):
        return text
    start = first.start()
    for small, capital in language.capitals.items():
        if text.startswith(small, start):
            return text[:start] + capital + text[start + len(small) :]
    return text[:start] + text[start].title() + text[start + 1 :]


def _question(topic: Topic) -> str:
    return topic.language.question.format(topic=topic.phrase.rstrip("?？؟"))


def _made_about(topic: Topic) -> str | None:
    """'about <phrase>' where the language allows it with any phrase that came out of a sentence."""
    fits = topic.embedded and topic.kind in ("topic", "howto") and not topic.oblique
    return topic.language.about.format(topic=topic.phrase) if topic.language.about and fits else None

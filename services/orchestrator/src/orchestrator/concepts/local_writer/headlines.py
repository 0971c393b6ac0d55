"""The few words on a picture: one per concept, each with another promise."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from orchestrator.concepts.local_writer.language import LANGUAGES, NEUTRAL, Idea, Kind
from orchestrator.concepts.local_writer.phrases import filled, is_specific, shuffled, slots_of
from orchestrator.concepts.local_writer.topic import Topic

HEADLINE_CHARS = 24
HEADLINE_WORDS = 5


def headlines_for(topic: Topic, count: int, titles: Collection[str], seed: str) -> list[tuple[Idea, str]]:
    """`count` ideas with their headlines, all different, none of which a title repeats."""
    taken = {_plain(title) for title in titles}
    found: list[tuple[Idea, str]] = []
    for idea, headline in _candidates(topic, seed):
        if len(found) == count:
            break
        if _plain(headline) not in taken and idea not in {other for other, _ in found}:
            taken.add(_plain(headline))
            found.append((idea, headline))
    return found


def _candidates(topic: Topic, seed: str) -> Iterator[tuple[Idea, str]]:
    """Those that name the prompt's own figures and nouns first; neutral ones last."""
    plain: Kind = "topic"
    for language, kind in ((topic.language, topic.kind), (topic.language, plain), (LANGUAGES[NEUTRAL], plain)):
        slots = slots_of(topic)
        options = filled(language.headlines.get(kind, {}), slots, language, seed)
        fitting = [(idea, text) for idea, texts in options.items() for text in texts if _fits(text)]
        order = shuffled(list(options), seed)
        yield from sorted(fitting, key=lambda pair: (not is_specific(pair[1], slots), order.index(pair[0])))


def _fits(headline: str) -> bool:
    return len(headline) <= HEADLINE_CHARS and 1 <= len(headline.split()) <= HEADLINE_WORDS


def _plain(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum()) or text

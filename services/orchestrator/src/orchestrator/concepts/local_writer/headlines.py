"""The few words on a picture: one per concept, each with another promise."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from orchestrator.concepts.local_writer.language import KIN, LANGUAGES, NEUTRAL, Idea, Kind
from orchestrator.concepts.local_writer.phrases import filled, shuffled, slots_of, specifics_in
from orchestrator.concepts.local_writer.topic import Topic

HEADLINE_CHARS = 24
HEADLINE_WORDS = 5


def headlines_for(topic: Topic, count: int, titles: Collection[str], seed: str) -> list[tuple[Idea, str]]:
    """`count` ideas with their headlines, all different, none of which a title repeats.

    Those that titles don't say even in part come first.
    """
    slots = slots_of(topic)
    candidates = list(_candidates(topic, slots, seed))
    found: dict[Idea, str] = {}
    named: set[str] = set()
    said = " ".join(map(_plain, titles))
    for idea, headline in candidates:
        specifics = specifics_in(headline, slots)
        # A set that says the topic's name or the price twice looks like one idea.
        if idea not in found and not specifics & named and _plain(headline) not in said:
            named |= specifics
            found[idea] = headline
    taken = {_plain(text) for text in (*titles, *found.values())}
    for idea, headline in candidates:
        if idea not in found and _plain(headline) not in taken:
            taken.add(_plain(headline))
            found[idea] = headline
    return list(found.items())[:count]


def _candidates(topic: Topic, slots: Mapping[str, str], seed: str) -> Iterator[tuple[Idea, str]]:
    """Those that name the prompt's own figures and nouns first; neutral ones last."""
    own = topic.language
    plain: Kind = "topic"
    kin = topic.kind if topic.kind in own.headlines else KIN.get(topic.kind, plain)
    for language, kind in ((own, kin), (own, plain), (LANGUAGES[NEUTRAL], plain)):
        options = filled(language.headlines.get(kind, {}), slots, language, seed)
        fitting = [(idea, text) for idea, texts in options.items() for text in texts if _fits(text)]
        order = shuffled(list(options), seed)
        yield from sorted(fitting, key=lambda pair: (not specifics_in(pair[1], slots), order.index(pair[0])))


def _fits(headline: str) -> bool:
    return len(headline) <= HEADLINE_CHARS and 1 <= len(headline.split()) <= HEADLINE_WORDS


def _plain(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum()) or text

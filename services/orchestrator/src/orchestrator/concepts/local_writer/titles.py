"""Five titles for one topic: each promises something else, none cuts a word."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.concepts.base import TITLES
from orchestrator.concepts.local_writer.language import KIN, LANGUAGES, NEUTRAL, Kind, Phrases
from orchestrator.concepts.local_writer.phrases import filled, shuffled, slots_of
from orchestrator.concepts.local_writer.topic import Topic

TITLE_CHARS = 100
"""YouTube's limit."""

_COMFORTABLE_CHARS = 70


def titles_for(topic: Topic, seed: str) -> tuple[str, ...]:
    """Exactly five, all different."""
    found: dict[str, str] = {}
    for title in _candidates(topic, seed):
        found.setdefault(title.casefold(), title)
        if len(found) == TITLES:
            break
    return tuple(found.values())


def _candidates(topic: Topic, seed: str) -> Iterator[str]:
    """The plain promise first, an idea once before any comes twice; then titles for any topic, down to signs only."""
    own, neutral = topic.language, LANGUAGES[NEUTRAL]
    plain: Kind = "wordless" if topic.kind == "wordless" else "topic"
    kin = topic.kind if topic.kind in own.titles else KIN.get(topic.kind, plain)
    for language, kind in ((own, kin), (own, plain), (neutral, plain), (own, "wordless"), (neutral, "wordless")):
        yield from _of_kind(language.titles, kind, topic, seed)


def _of_kind(phrases: Phrases, kind: Kind, topic: Topic, seed: str) -> Iterator[str]:
    titles = filled(phrases.get(kind, {}), slots_of(topic), topic.language, seed)
    fitting = {idea: [title for title in options if len(title) <= TITLE_CHARS] for idea, options in titles.items()}
    order = sorted(shuffled(list(fitting), seed), key=lambda idea: idea != "result")
    for rank in range(max(map(len, fitting.values()), default=0)):
        turn = [fitting[idea][rank] for idea in order if len(fitting[idea]) > rank]
        yield from sorted(turn, key=lambda title: len(title) > _COMFORTABLE_CHARS)

"""The concept writer named `local`: writes from the prompt by rules, without a model, a network or a key."""

from __future__ import annotations

from hashlib import blake2b

from orchestrator.concepts.base import ConceptDraft, Draft, Layout, Mood
from orchestrator.concepts.local_writer.descriptions import describe
from orchestrator.concepts.local_writer.detect import is_right_to_left
from orchestrator.concepts.local_writer.headlines import headlines_for
from orchestrator.concepts.local_writer.language import Idea
from orchestrator.concepts.local_writer.palettes import PALETTES
from orchestrator.concepts.local_writer.phrases import shuffled
from orchestrator.concepts.local_writer.titles import titles_for
from orchestrator.concepts.local_writer.topic import Topic, find_topic

NAME = "local"

MOODS: dict[Idea, tuple[Mood, ...]] = {
    "result": ("warm", "fresh", "bold"),
    "mistake": ("bold", "dark"),
    "number": ("playful", "bold", "fresh"),
    "question": ("playful", "calm", "warm"),
    "contrast": ("fresh", "bold", "calm"),
    "secret": ("dark", "calm", "bold"),
    "speed": ("fresh", "playful", "warm"),
    "story": ("calm", "warm", "dark"),
}
"""The moods that suit an idea, the best one first."""


class LocalWriter:
    """The same prompt always gives the same draft. Takes about a millisecond, and never fails."""

    async def write(self, prompt: str, count: int, *, timeout_s: float) -> Draft:
        topic = find_topic(prompt)
        titles = titles_for(topic, prompt)
        ideas = headlines_for(topic, count, titles, prompt)
        moods = _moods([idea for idea, _ in ideas])
        layouts = _layouts(topic, prompt, len(ideas))
        concepts = tuple(
            _concept(topic, idea, headline, mood, layout, prompt)
            for (idea, headline), mood, layout in zip(ideas, moods, layouts, strict=True)
        )
        return Draft(concepts=concepts, titles=titles, writer=NAME)

    async def check(self) -> None:
        pass

    async def aclose(self) -> None:
        pass


def _concept(topic: Topic, idea: Idea, headline: str, mood: Mood, layout: Layout, seed: str) -> ConceptDraft:
    return ConceptDraft(
        headline=headline,
        description=describe(topic, idea, mood, layout),
        mood=mood,
        palette=shuffled(PALETTES[mood], seed)[0],
        layout=layout,
    )


def _moods(ideas: list[Idea]) -> list[Mood]:
    """One for each idea; none comes twice before all six have been used."""
    moods: list[Mood] = []
    for idea in ideas:
        unused = [mood for mood in (*MOODS[idea], *PALETTES) if mood not in moods]
        moods.append((unused or MOODS[idea])[0])
    return moods


def _layouts(topic: Topic, seed: str, count: int) -> list[Layout]:
    """Alternating sides, beginning with either. Text that runs from right to left always stands on the right."""
    if topic.language.rtl or is_right_to_left(topic.phrase):
        return ["right"] * count
    first = blake2b(seed.encode(), digest_size=1).digest()[0] % 2
    sides: tuple[Layout, Layout] = ("left", "right")
    return [sides[(first + position) % 2] for position in range(count)]

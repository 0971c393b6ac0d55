"""What a concept writer is: a prompt in, concepts and titles out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

Layout = Literal["left", "right"]
"""The half of the picture that stays calm for the headline; the focal point goes to the other one."""

Mood = Literal["bold", "calm", "dark", "playful", "warm", "fresh"]

TITLES = 5


@dataclass(frozen=True, slots=True)
class ConceptDraft:
    """One idea for a thumbnail.

    headline: 1..5 words that stand on the picture. description: what the picture shows, for an image model.
    palette: 3 colours as '#rrggbb' in the order ground, second, accent.
    """

    headline: str
    description: str
    mood: Mood
    palette: tuple[str, ...]
    layout: Layout


@dataclass(frozen=True, slots=True)
class Draft:
    """All that a writer makes from one prompt: `count` concepts, five titles, and who wrote them."""

    concepts: tuple[ConceptDraft, ...]
    titles: tuple[str, ...]
    writer: str
    model: str | None = None


class ConceptWriter(Protocol):
    """One file per model vendor. Raises common.errors' Transient, Permanent or Refused."""

    async def write(self, prompt: str, count: int, *, timeout_s: float) -> Draft:
        """`count` concepts (0 when only titles are wanted) and five titles, within `timeout_s` seconds."""
        ...

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
    """All that a writer makes from one prompt: `count` concepts, five titles, who wrote them, in how many calls, what
    those cost in millionths of a US cent, and how long they took."""

    concepts: tuple[ConceptDraft, ...]
    titles: tuple[str, ...]
    writer: str
    model: str | None = None
    calls: int = 0
    cost_microcents: int = 0
    ms: int = 0


class ConceptWriter(Protocol):
    """Raises common.errors' Transient, Permanent or Refused, or one of vendors.errors."""

    async def write(self, prompt: str, count: int, *, timeout_s: float) -> Draft:
        """`count` concepts (0 when only titles are wanted) and five titles, within `timeout_s` seconds."""
        ...

    async def check(self) -> None:
        """Raises what a call would: a key that is refused, a model that is not there. Costs nothing."""
        ...

    async def aclose(self) -> None:
        """Its connections."""
        ...

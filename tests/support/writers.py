"""Concept writers for tests: what a model may say, and how long it may take to say it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from orchestrator.concepts.base import TITLES, ConceptDraft, Draft


@dataclass(frozen=True)
class Asked:
    prompt: str
    count: int
    timeout_s: float


@dataclass
class ScriptedWriter:
    """Raises each of `errors` in turn, then writes what it is asked for. `meanwhile`: what happens while it writes."""

    errors: list[Exception] = field(default_factory=list)
    meanwhile: Callable[[], Awaitable[object]] | None = None
    calls: list[Asked] = field(default_factory=list)

    async def write(self, prompt: str, count: int, *, timeout_s: float) -> Draft:
        self.calls.append(Asked(prompt, count, timeout_s))
        if self.meanwhile is not None:
            await self.meanwhile()
        if self.errors:
            raise self.errors.pop(0)
        return draft(count)

    async def check(self) -> None:
        pass

    async def aclose(self) -> None:
        pass


def draft(count: int) -> Draft:
    palette = ("#1b1f3b", "#f4d35e", "#ee964b")
    concepts = tuple(ConceptDraft(f"Bread, Day {n}", "A loaf", "warm", palette, "left") for n in range(1, count + 1))
    titles = tuple(f"Sourdough, part {number}" for number in range(1, TITLES + 1))
    return Draft(concepts=concepts, titles=titles, writer="scripted", model="test")

"""What an image provider is: a brief in, the bytes of a background out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Brief:
    """What to paint: the concept without its headline.

    seed: the same seed gives the same picture (local painter). position: the concept's place among its siblings,
    0-based, so that siblings differ. palette: '#rrggbb' colours in the order ground, second, accent. layout: the half
    ('left' or 'right') that stays calm for the headline.
    """

    seed: str
    position: int
    description: str
    mood: str
    palette: tuple[str, ...]
    layout: str


@dataclass(frozen=True, slots=True)
class Background:
    """A picture without text. data: JPEG, PNG or WEBP as the provider sent it, not to be trusted yet.

    cost_microcents: the price of the call in millionths of a US cent (integers, as all money).
    """

    data: bytes
    provider: str
    model: str | None = None
    cost_microcents: int = 0


class ImageProvider(Protocol):
    """One file per image API. Raises common.errors' Transient, Permanent or Refused, or one of vendors.errors."""

    async def paint(self, brief: Brief, *, timeout_s: float) -> Background:
        """One background of about 16:9 and at least 1280x720, within `timeout_s` seconds."""
        ...

    async def check(self) -> None:
        """Raises what a call would: a key that is refused, a model that is not there. Costs nothing."""
        ...

    async def aclose(self) -> None:
        """Its connections."""
        ...

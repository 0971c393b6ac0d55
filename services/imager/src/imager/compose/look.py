"""One way to make letters stand out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from imager.compose.contrast import Colour

Effect = Literal["plain", "outline", "scrim", "panel"]


@dataclass(frozen=True, slots=True)
class Look:
    """One way to draw the letters.

    backing: the outline's, scrim's or panel's colour. strength: how much of the picture scrim or panel covers, 0..1.
    """

    effect: Effect
    text: Colour
    backing: Colour
    strength: float = 0.0
    highlight: Colour | None = None

    @property
    def outlined(self) -> bool:
        return self.effect in ("outline", "scrim")

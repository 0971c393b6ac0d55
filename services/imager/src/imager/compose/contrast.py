"""How well a colour stands out from the pixels around it, by WCAG 2 and by APCA, in the worst twentieth of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Levels: TypeAlias = npt.NDArray[np.floating[Any]]
Pixels: TypeAlias = npt.NDArray[np.uint8]
"""(n, 3): sRGB."""
Colour: TypeAlias = tuple[int, int, int]

WORST = 0.05

_SRGB = np.arange(256) / 255
_WCAG = np.where(_SRGB <= 0.04045, _SRGB / 12.92, ((_SRGB + 0.055) / 1.055) ** 2.4).astype(np.float32)
_APCA = (_SRGB**2.4).astype(np.float32)
_WEIGHTS = np.array([0.2126, 0.7152, 0.0722], dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Contrast:
    """wcag: 1..21. lc: APCA's lightness contrast without its sign, 0..108."""

    wcag: float
    lc: float

    def or_worse(self, other: Contrast) -> Contrast:
        return Contrast(min(self.wcag, other.wcag), min(self.lc, other.lc))


@dataclass(frozen=True, slots=True)
class Tones:
    """The luminances of pixels, by WCAG's definition and by APCA's."""

    wcag: Levels
    apca: Levels

    @classmethod
    def of(cls, pixels: Pixels) -> Tones:
        soft = _APCA[pixels] @ _WEIGHTS
        return cls(_WCAG[pixels] @ _WEIGHTS, soft + np.maximum(0, 0.022 - soft) ** 1.414)


def worst(text: Colour, around: Tones, share: float = WORST) -> Contrast:
    """The contrast that all but the worst `share` of the pixels reach."""
    if not len(around.wcag):
        return Contrast(21.0, 108.0)
    front = Tones.of(np.array([text], dtype=np.uint8))
    return Contrast(_low(_wcag(front.wcag, around.wcag), share), _low(_apca(front.apca, around.apca), share))


def _wcag(front: Levels, back: Levels) -> Levels:
    return (np.maximum(front, back) + 0.05) / (np.minimum(front, back) + 0.05)


def _apca(front: Levels, back: Levels) -> Levels:
    dark_on_light = (back**0.56 - front**0.57) * 1.14 - 0.027
    light_on_dark = (front**0.62 - back**0.65) * 1.14 - 0.027
    return np.maximum(np.where(back > front, dark_on_light, light_on_dark), 0) * 100


def _low(values: Levels, share: float) -> float:
    place = int(share * (len(values) - 1))
    return float(np.partition(values, place)[place])

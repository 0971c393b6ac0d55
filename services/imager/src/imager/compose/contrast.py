"""How well letters stand out, by WCAG 2 and by APCA, in the worst twentieth of the ring around them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

Pixels: TypeAlias = npt.NDArray[np.float32]
Mask: TypeAlias = npt.NDArray[np.bool_]
Colour: TypeAlias = tuple[int, int, int]

MEASURED_DOWN = 4
"""Measured at 320x180, about the size at which a thumbnail is met."""
WORST = 0.05

_LEVELS = np.arange(256) / 255
_WCAG = np.where(_LEVELS <= 0.04045, _LEVELS / 12.92, ((_LEVELS + 0.055) / 1.055) ** 2.4).astype(np.float32)
_APCA = (_LEVELS**2.4).astype(np.float32)
_WEIGHTS = np.array([0.2126, 0.7152, 0.0722], dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Contrast:
    """wcag: 1..21. lc: APCA's lightness contrast without its sign, 0..108."""

    wcag: float
    lc: float

    def reaches(self, wcag: float, lc: float) -> bool:
        return self.wcag >= wcag and self.lc >= lc

    def worse(self, other: Contrast) -> Contrast:
        return Contrast(min(self.wcag, other.wcag), min(self.lc, other.lc))


def ring(letters: Image.Image) -> Mask:
    """The pixels next to the letters at 1/4 size. letters: their mask, its sides multiples of 4."""
    inside = np.asarray(letters.reduce(MEASURED_DOWN)) > 25
    return _grown(_grown(inside)) & ~inside


def _grown(mask: Mask) -> Mask:
    grown = mask.copy()
    grown[1:] |= mask[:-1]
    grown[:-1] |= mask[1:]
    wide = grown.copy()
    wide[:, 1:] |= grown[:, :-1]
    wide[:, :-1] |= grown[:, 1:]
    return wide


def worst(text: Colour, around: npt.NDArray[np.uint8]) -> Contrast:
    """The contrast that all but the worst twentieth of the pixels reach. around: (n, 3) sRGB."""
    if not len(around):
        return Contrast(21.0, 108.0)
    return Contrast(
        float(np.quantile(wcag(text, around), WORST)),
        float(np.quantile(apca(text, around), WORST)),
    )


def wcag(text: Colour, around: npt.NDArray[np.uint8]) -> Pixels:
    one, other = _WCAG[list(text)] @ _WEIGHTS + 0.05, _WCAG[around] @ _WEIGHTS + 0.05
    return np.maximum(one, other) / np.minimum(one, other)


def apca(text: Colour, around: npt.NDArray[np.uint8]) -> Pixels:
    front = _soft_black(np.asarray(_APCA[list(text)] @ _WEIGHTS))
    back = _soft_black(_APCA[around] @ _WEIGHTS)
    dark_on_light = (back**0.56 - front**0.57) * 1.14
    light_on_dark = (back**0.65 - front**0.62) * 1.14
    signed = np.where(back > front, dark_on_light - 0.027, light_on_dark + 0.027)
    return np.where((back > front) == (signed > 0), np.abs(signed) * 100, 0)


def _soft_black(luminance: Pixels) -> Pixels:
    return luminance + np.maximum(0, 0.022 - luminance) ** 1.414

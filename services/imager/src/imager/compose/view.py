"""The picture and the letters at the size at which a thumbnail is met, for measuring before anything is painted."""

from __future__ import annotations

from functools import cached_property
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

from imager.compose.contrast import Colour, Pixels, Tones
from imager.compose.ink import MEASURED_DOWN, Ink

Mask: TypeAlias = npt.NDArray[np.bool_]
COVERED = 25
"""Of 255: from here on a pixel belongs to a letter, not to its surroundings."""


class View:
    """The headline's part of the picture at a quarter of its size. rings: the letters', then the highlighted word's."""

    def __init__(self, picture: Image.Image, ink: Ink) -> None:
        self._ink = ink
        self._pixels = np.asarray(picture.crop(ink.area).reduce(MEASURED_DOWN))
        self.rings = tuple(_ring(letters) for letters in ink.masks)

    @cached_property
    def around(self) -> Pixels:
        """The pixels next to any letter."""
        return np.concatenate([self._pixels[ring] for ring in self.rings])

    def beside(self, ring: Mask, backing: Colour, strength: float, *, outlined: bool) -> Tones:
        """The tones of a ring once a veil of `strength` and, if wanted, the outline lie over them."""
        cover = np.full((int(ring.sum()), 1), strength, dtype=np.float32)
        if outlined:
            cover = 1 - (1 - cover) * (1 - self._outline[ring][:, None])
        return Tones.of((self._pixels[ring] * (1 - cover) + np.array(backing, np.float32) * cover).astype(np.uint8))

    @cached_property
    def _outline(self) -> npt.NDArray[np.float32]:
        alpha: npt.NDArray[np.float32] = np.asarray(self._ink.outline.reduce(MEASURED_DOWN), np.float32) / np.float32(
            255
        )
        return alpha


def _ring(letters: Image.Image) -> Mask:
    inside = np.asarray(letters.reduce(MEASURED_DOWN)) > COVERED
    return _grown(_grown(inside)) & ~inside


def _grown(mask: Mask) -> Mask:
    tall = mask.copy()
    tall[1:] |= mask[:-1]
    tall[:-1] |= mask[1:]
    grown = tall.copy()
    grown[:, 1:] |= tall[:, :-1]
    grown[:, :-1] |= tall[:, 1:]
    return grown

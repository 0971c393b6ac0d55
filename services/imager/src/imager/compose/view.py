"""The picture and the letters at the size at which a thumbnail is met, for measuring before anything is painted."""

from __future__ import annotations

from functools import cached_property
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

from imager.compose.contrast import Colour, Pixels, Tones
from imager.compose.ink import MEASURED_DOWN, Ink
from imager.compose.look import Look

Mask: TypeAlias = npt.NDArray[np.bool_]
Share: TypeAlias = npt.NDArray[np.float32]
COVERED = 0.1
"""From here on a pixel belongs to a letter, not to its surroundings."""


class View:
    """The headline's part of the picture at a quarter of its size. rings: the letters', then the highlighted word's."""

    def __init__(self, picture: Image.Image, ink: Ink) -> None:
        self._ink = ink
        self._pixels = np.asarray(picture.crop(ink.area).reduce(MEASURED_DOWN))
        self._letters = tuple(_cover(mask) for mask in ink.masks)
        self.rings = tuple(_ring(letters) for letters in self._letters)

    @cached_property
    def around(self) -> Pixels:
        """The pixels next to any letter; all of them where there are only emoji."""
        beside = np.concatenate([self._pixels[ring] for ring in self.rings])
        return beside if len(beside) else self._pixels.reshape(-1, 3)

    def beside(self, which: int, look: Look, text: Colour) -> Tones:
        """The tones of a ring as painted: under the veil, the outline and the letters' soft edges."""
        ring = self.rings[which]
        painted = _over(self._pixels[ring].astype(np.float32), look.backing, look.strength)
        if look.outlined:
            painted = _over(painted, look.backing, self._outline[ring][:, None])
        return Tones.of(_over(painted, text, self._letters[which][ring][:, None]).astype(np.uint8))

    @cached_property
    def _outline(self) -> Share:
        return _cover(self._ink.outline)


def _cover(mask: Image.Image) -> Share:
    """How much of each pixel at the measuring size the mask covers, 0..1."""
    return np.asarray(mask.reduce(MEASURED_DOWN), np.float32) / np.float32(255)


def _over(pixels: Share, colour: Colour, share: Share | float) -> Share:
    return pixels + (np.array(colour, np.float32) - pixels) * share


def _ring(letters: Share) -> Mask:
    inside = letters > COVERED
    return _grown(_grown(inside)) & ~inside


def _grown(mask: Mask) -> Mask:
    tall = mask.copy()
    tall[1:] |= mask[:-1]
    tall[:-1] |= mask[1:]
    grown = tall.copy()
    grown[:, 1:] |= tall[:, :-1]
    grown[:, :-1] |= tall[:, 1:]
    return grown

"""Colours for letters, outlines and panels, taken from the palette and from the picture itself."""

from __future__ import annotations

import colorsys
from collections.abc import Sequence

from imager.compose.contrast import Colour, Pixels

WHITE: Colour = (255, 255, 255)
INK: Colour = (14, 15, 20)


def parse(text: str) -> Colour:
    """'#rrggbb' as three numbers. Raises ValueError."""
    red, green, blue = bytes.fromhex(text.removeprefix("#"))
    return red, green, blue


def hexadecimal(colour: Colour) -> str:
    return "#" + bytes(colour).hex()


def dark_tint(pixels: Pixels) -> Colour:
    """The picture's own hue, nearly black: a neutral black over a coloured picture looks grey."""
    red, green, blue = (float(level) / 255 for level in pixels.mean(axis=0))
    hue, saturation, _ = colorsys.rgb_to_hsv(red, green, blue)
    return _rgb(hue, min(saturation, 0.75), 0.11)


def dark_version(colour: Colour) -> Colour:
    """The same hue, dark enough to carry white letters."""
    hue, saturation, value = colorsys.rgb_to_hsv(*(level / 255 for level in colour))
    return _rgb(hue, saturation, min(value, 0.22))


def mixed(colour: Colour, other: Colour, share: float) -> Colour:
    """`share` of the other colour in it."""
    red, green, blue = (round(one + (two - one) * share) for one, two in zip(colour, other, strict=True))
    return red, green, blue


def distance(one: Colour, other: Colour) -> int:
    return sum(abs(left - right) for left, right in zip(one, other, strict=True))


def palette_colours(palette: Sequence[str]) -> tuple[Colour, ...]:
    return tuple(parse(text) for text in palette)


def _rgb(hue: float, saturation: float, value: float) -> Colour:
    red, green, blue = (round(level * 255) for level in colorsys.hsv_to_rgb(hue, saturation, value))
    return red, green, blue

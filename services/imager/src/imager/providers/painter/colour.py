"""OKLCH colours: lightness, chroma and hue as the eye judges them, and the way to and from sRGB."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from functools import lru_cache

Rgb = tuple[int, int, int]

_HEX = re.compile(r"#?([0-9a-f]{6}|[0-9a-f]{3})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Colour:
    """lightness: 0 black .. 1 white. chroma: 0 grey .. about 0.3. hue: degrees (25 red, 90 yellow, 145 green)."""

    lightness: float
    chroma: float
    hue: float

    def at(self, *, lightness: float | None = None, chroma: float | None = None, hue: float | None = None) -> Colour:
        """The same colour with some of its coordinates set."""
        return Colour(
            self.lightness if lightness is None else min(1.0, max(0.0, lightness)),
            self.chroma if chroma is None else max(0.0, chroma),
            self.hue if hue is None else hue % 360,
        )

    def lit(self, by: float) -> Colour:
        """Lighter (or darker, by < 0) in the same hue."""
        return self.at(lightness=self.lightness + by)

    def deeper(self, by: float) -> Colour:
        """Darker, and richer with it, as pigment is: a pale colour that is only darkened turns grey."""
        return self.at(lightness=self.lightness - by, chroma=self.chroma * (1 + 4 * by) + 0.06 * by)

    def apart(self, other: Colour, gap: float) -> Colour:
        """This colour, moved in lightness until it stands off `other` by `gap`, the shorter way where there is room."""
        if abs(self.lightness - other.lightness) >= gap:
            return self
        lighter, darker = other.lightness + gap, other.lightness - gap
        up = darker < 0.1 or (lighter <= 0.97 and self.lightness >= other.lightness)
        return self.at(lightness=lighter if up else darker)

    @property
    def rgb(self) -> Rgb:
        """The nearest sRGB colour of the same lightness and hue: chroma gives way until it fits."""
        return _fitted(self)


def parse(text: str) -> Colour | None:
    """'#rrggbb' or '#rgb' as a colour; None for anything else."""
    match = _HEX.fullmatch(text.strip())
    if match is None:
        return None
    digits = match[1] if len(match[1]) == 6 else "".join(d * 2 for d in match[1])
    return _from_rgb(int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16))


def distance(one: Colour, other: Colour) -> float:
    """How different two colours look: 0 the same, 0.02 just noticeable, 1 black and white."""
    turn = math.radians(one.hue - other.hue)
    across = one.chroma**2 + other.chroma**2 - 2 * one.chroma * other.chroma * math.cos(turn)
    return math.sqrt((one.lightness - other.lightness) ** 2 + max(0.0, across))


def _from_rgb(red: int, green: int, blue: int) -> Colour:
    r, g, b = (_linear(v / 255) for v in (red, green, blue))
    long = math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
    medium = math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
    short = math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
    lightness = 0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short
    a = 1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short
    return Colour(lightness, math.hypot(a, b), math.degrees(math.atan2(b, a)) % 360)


@lru_cache(maxsize=2048)
def _fitted(colour: Colour) -> Rgb:
    low, high = 0.0, colour.chroma
    if not _fits(_channels(colour)):
        for _ in range(10):
            middle = (low + high) / 2
            low, high = (middle, high) if _fits(_channels(replace(colour, chroma=middle))) else (low, middle)
        colour = replace(colour, chroma=low)
    red, green, blue = (round(255 * _gamma(min(1.0, max(0.0, v)))) for v in _channels(colour))
    return red, green, blue


def _channels(colour: Colour) -> tuple[float, float, float]:
    """Linear red, green and blue, outside 0..1 where sRGB has no such colour."""
    a = colour.chroma * math.cos(math.radians(colour.hue))
    b = colour.chroma * math.sin(math.radians(colour.hue))
    long = (colour.lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (colour.lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (colour.lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def _fits(channels: tuple[float, float, float]) -> bool:
    return all(-1e-4 <= v <= 1.0001 for v in channels)


def _linear(v: float) -> float:
    return v / 12.92 if v <= 0.04045 else float(((v + 0.055) / 1.055) ** 2.4)


def _gamma(v: float) -> float:
    return 12.92 * v if v <= 0.0031308 else float(1.055 * v ** (1 / 2.4) - 0.055)

"""How the letters are made to stand out: decided by measuring the picture behind them, least effect first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
from PIL import Image

from imager.compose import contrast
from imager.compose.colour import INK, WHITE, dark_tint, dark_version, lightened
from imager.compose.contrast import Colour, Contrast
from imager.compose.ink import Ink

Effect = Literal["plain", "outline", "scrim", "panel"]

PLAIN_WCAG, PLAIN_LC = 7.0, 78.0
"""From here on the letters need no help."""
ALONE_LC = 45.0
"""Under it an outline alone does not rescue them."""
PASS_WCAG, PASS_LC = 4.5, 60.0
WHITE_BONUS = 12.0
"""Lc by which dark letters must beat white ones: white with a dark outline is the look of the field."""
SCRIM_LUMINANCE = 0.11
"""Of the brightest twentieth behind white letters, once the scrim lies over it."""
MAX_SCRIM = 0.62
"""A picture that needs more than this is better covered by a panel than drowned."""
HIGHLIGHT_LIGHTENED = (0.0, 0.25, 0.45)


@dataclass(frozen=True, slots=True)
class Look:
    """One way to draw the letters. backing: the outline's, scrim's or panel's colour; strength: the scrim's 0..1."""

    effect: Effect
    text: Colour
    backing: Colour
    strength: float = 0.0
    highlight: Colour | None = None


def candidates(picture: Image.Image, ink: Ink, palette: Sequence[Colour]) -> Iterator[Look]:
    """Ways to draw the letters, the least intrusive first; the last one passes on any picture."""
    around = surroundings(picture, ink)
    white, dark = contrast.worst(WHITE, around), contrast.worst(INK, around)
    tint = dark_tint(around)
    on_light = dark.lc > white.lc + WHITE_BONUS
    text, alone = (INK, dark) if on_light else (WHITE, white)
    outlined = Look("outline", text, WHITE if on_light else tint)
    if alone.reaches(PLAIN_WCAG, PLAIN_LC):
        yield replace(outlined, effect="plain")
    if alone.lc >= ALONE_LC:
        yield outlined
    strength = scrim_strength(around)
    if strength <= MAX_SCRIM:
        yield Look("scrim", WHITE, tint, strength)
    yield _panel(palette)


def highlighted(look: Look, palette: Sequence[Colour]) -> Iterator[Look]:
    """The look with one word in an accent colour that stands on the look's own backing; then without."""
    ground = look.backing
    for colour in (*palette[2:], *palette[1:2]):
        for share in HIGHLIGHT_LIGHTENED:
            shade = lightened(colour, share)
            if look.text == WHITE and _differs(shade, WHITE) and _passes(shade, ground):
                yield replace(look, highlight=shade)
    yield look


def surroundings(picture: Image.Image, ink: Ink) -> npt.NDArray[np.uint8]:
    """The pixels of the picture next to the letters, at the measuring size."""
    return _around(picture, ink, contrast.ring(ink.letters)) if ink.highlight is None else np.concatenate(
        [_around(picture, ink, contrast.ring(mask)) for mask in (ink.letters, ink.highlight)]
    )


def measured(picture: Image.Image, ink: Ink, look: Look) -> Contrast:
    """The finished picture's contrast, the worse of the letters' and the highlighted word's."""
    found = contrast.worst(look.text, _around(picture, ink, contrast.ring(ink.letters)))
    if ink.highlight is None:
        return found
    return found.worse(contrast.worst(look.highlight or look.text, _around(picture, ink, contrast.ring(ink.highlight))))


def scrim_strength(around: npt.NDArray[np.uint8]) -> float:
    """The share of dark tint that brings the brightest twentieth down to SCRIM_LUMINANCE."""
    brightest = float(np.quantile(around.max(axis=1), 0.95)) / 255
    return max(0.25, 1 - SCRIM_LUMINANCE ** (1 / 2.2) / max(brightest, 0.01))


def _panel(palette: Sequence[Colour]) -> Look:
    ground = dark_version(palette[0]) if palette else INK
    return Look("panel", WHITE, ground)


def _around(picture: Image.Image, ink: Ink, ring: contrast.Mask) -> npt.NDArray[np.uint8]:
    small = np.asarray(picture.crop(ink.area).reduce(contrast.MEASURED_DOWN))
    found: npt.NDArray[np.uint8] = small[ring]
    return found


def _passes(text: Colour, ground: Colour) -> bool:
    return contrast.worst(text, np.array([ground], dtype=np.uint8)).reaches(PASS_WCAG + 1, PASS_LC)


def _differs(one: Colour, other: Colour) -> bool:
    return sum(abs(left - right) for left, right in zip(one, other, strict=True)) > 140

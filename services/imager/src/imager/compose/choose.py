"""Which look a headline gets: decided by measuring the picture behind it, least effect first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from imager.compose.colour import INK, WHITE, dark_tint, dark_version, distance, mixed
from imager.compose.contrast import WORST, Colour, Contrast, Pixels, Tones, worst
from imager.compose.look import Look
from imager.compose.view import View

PASS_WCAG, PASS_LC = 5.0, 65.0
"""The rule is 4.5 and 60: other ways to scale down and JPEG take a little."""
PLAIN_WCAG, PLAIN_LC = 6.0, 68.0
"""From here on the letters need no help."""
ALONE_LC = 45.0
"""Under it an outline alone does not rescue them."""
TOUCHED = 0.004
"""The share of the surroundings in which a letter may touch what it does not stand out from, unhelped."""
WHITE_BONUS = 12.0
"""Lc by which dark letters must beat white ones: white with a dark outline is the look of the field."""
SCRIM_LUMINANCE = 0.11
"""Of the brightest twentieth behind white letters, once the scrim lies over it."""
MIN_SCRIM, MAX_SCRIM = 0.25, 0.62
"""A picture that needs more is better covered by a panel than drowned."""
MIXED = (0.0, 0.2)
"""By how much an accent may be mixed with the letters' own colour until it passes."""
SEEN_AS_COLOUR = 140
"""The least distance from the letters' own colour, summed over the channels."""


def choose(view: View, palette: Sequence[Colour]) -> tuple[Look, Contrast]:
    """The least intrusive look that passes, and what it reaches. A panel passes on any picture."""
    for look in _candidates(view.around, palette):
        found = [worst(look.text, view.beside(which, look, look.text)) for which in range(len(view.rings))]
        if all(map(_passes, found)):
            break
    if len(found) == 1:
        return look, found[0]
    for marked, colour in _marked(look, view.around, palette):
        contrast = worst(colour, view.beside(1, look, colour))
        if _passes(contrast):
            return marked, found[0].or_worse(contrast)
    return look, found[0].or_worse(found[1])


def _passes(contrast: Contrast) -> bool:
    return contrast.wcag >= PASS_WCAG and contrast.lc >= PASS_LC


def _candidates(around: Pixels, palette: Sequence[Colour]) -> Iterator[Look]:
    tones = Tones.of(around)
    white, dark = worst(WHITE, tones), worst(INK, tones)
    tint = dark_tint(around)
    on_light = dark.lc > white.lc + (WHITE_BONUS if white.lc >= ALONE_LC else 0)
    text, alone = (INK, dark) if on_light else (WHITE, white)
    outlined = Look("outline", text, WHITE if on_light else tint)
    clear = worst(text, tones, TOUCHED).lc >= ALONE_LC
    if clear and alone.wcag >= PLAIN_WCAG and alone.lc >= PLAIN_LC:
        yield replace(outlined, effect="plain")
    if alone.lc >= ALONE_LC:
        yield outlined
    strength = _scrim_strength(around)
    if strength <= MAX_SCRIM:
        yield Look("scrim", WHITE, tint, strength)
    yield Look("panel", WHITE, dark_version(palette[0]) if palette else INK, 1.0)


def _marked(look: Look, around: Pixels, palette: Sequence[Colour]) -> Iterator[tuple[Look, Colour]]:
    """The look with one word in an accent that stands out without the outline too."""
    behind = Tones.of((around * (1 - look.strength) + np.array(look.backing) * look.strength).astype(np.uint8))
    for shade in (mixed(colour, look.text, share) for colour in (*palette[2:], *palette[1:2]) for share in MIXED):
        if distance(shade, look.text) > SEEN_AS_COLOUR and worst(shade, behind).lc >= ALONE_LC:
            yield replace(look, highlight=shade), shade


def _scrim_strength(around: Pixels) -> float:
    """The share of dark tint that brings the brightest twentieth down to SCRIM_LUMINANCE."""
    brightest = np.quantile(around.max(axis=1), 1 - WORST) / 255
    return max(MIN_SCRIM, float(1 - SCRIM_LUMINANCE ** (1 / 2.2) / max(brightest, 0.01)))

"""Sheets of cut paper, one under the other, opening on the motif."""

from __future__ import annotations

import math
from functools import lru_cache

from PIL import ImageChops

from imager.providers.painter.colour import Colour
from imager.providers.painter.masks import HEIGHT, WIDTH, Patch, blurred, cut, moved
from imager.providers.painter.palette import Palette
from imager.providers.painter.pen import Pen, polar
from imager.providers.painter.scene import FOCUS, Look, Scene

_LEFT = 600
_RADII = (348, 302, 252)


def paper(scene: Scene) -> None:
    """Each sheet has a hole and throws its shadow on the one below."""
    variant = scene.dice.pick((0, 1, 2))
    top = scene.palette.soft
    scene.wash(top)
    sheets = _sheets(top, scene.palette)
    for level, sheet in enumerate(sheets):
        scene.shade(_hole(level, variant), sheet.lit(-0.22), sheet)
    inner = sheets[-1]
    body = scene.palette.on(inner, scene.palette.accent, top)
    scene.hero(Look(body, inner, cast=(12, 24, 14), cast_strength=0.5), size=376)


def _sheets(top: Colour, palette: Palette) -> list[Colour]:
    """From the top sheet's hue to the second colour, each a step deeper."""
    inner = palette.on(top, palette.second, palette.accent, palette.ground)
    step = (inner.lightness - top.lightness) / 3
    near = top.lit(step).at(chroma=top.chroma * 1.35)
    middle = inner.at(lightness=top.lightness + 2 * step)
    return [near, middle, inner]


@lru_cache(maxsize=9)
def _hole(level: int, variant: int) -> Patch:
    """A hole; its tone is the shadow of the sheet above (light from the upper left)."""
    turn = 40 * variant + 35 * level
    points = [polar(0, 0, _RADII[level] * _wobble(angle + turn), angle) for angle in range(0, 360, 3)]
    pen = Pen(WIDTH - _LEFT, HEIGHT, origin=(FOCUS[0] - _LEFT + 34 - 14 * level, FOCUS[1] + 5 * level))
    pen.poly(points)
    hole = pen.mask()
    above = moved(blurred(ImageChops.invert(hole), 13), 9, 15)
    return cut(hole, (_LEFT, 0), ImageChops.invert(above))


def _wobble(angle: float) -> float:
    """How far a hand-cut edge is off the circle."""
    turn = math.radians(angle)
    return 1 + 0.05 * math.sin(2 * turn) + 0.035 * math.sin(3 * turn + 1) + 0.02 * math.sin(5 * turn + 2)

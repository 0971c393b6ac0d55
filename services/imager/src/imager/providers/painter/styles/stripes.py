"""Slanted stripes of unequal width that carry the motif."""

from __future__ import annotations

from functools import lru_cache

from PIL import Image

from imager.providers.painter.masks import HEIGHT, WIDTH, Patch, blurred, cut, glow, tone_of
from imager.providers.painter.pen import Pen
from imager.providers.painter.scene import FOCUS, SLANT, Look, Scene

_LEFT = 620

_Edges = tuple[tuple[int, int], ...]
"""Bands from left to right, in pixels off the focal point at its height."""

_LAYOUTS: tuple[tuple[_Edges, _Edges, _Edges], ...] = (
    (((-250, -210),), ((-192, 236),), ((254, 292), (308, 330))),
    (((-254, -228), (-214, -204)), ((-190, 232),), ((248, 1000),)),
)
"""Thin bands, the wide one, the last ones."""


def stripes(scene: Scene) -> None:
    """Thin, wide, thin: the wide one is the motif's panel."""
    palette = scene.palette.turned
    ground = palette.ground
    panel = palette.on(ground, palette.second, palette.accent)
    scene.wash(ground, ground.lit(0.035), tone=_light())
    thin, wide, last, shade = _bands(scene.dice.pick((0, 1)))
    scene.fill(shade, palette.ink, move=(10, 12), strength=0.4)
    scene.fill(thin, palette.on(ground, palette.accent))
    scene.fill(wide, panel)
    scene.fill(last, panel.lit(-0.09 if panel.lightness > 0.4 else 0.09))
    body = palette.on(panel, palette.accent, ground)
    look = Look(body, palette.on(body, panel, ground), palette.on(body, palette.paper), 12, (18, 22, 12), 0.45)
    scene.hero(look, size=412)


@lru_cache(maxsize=1)
def _light() -> Image.Image:
    return tone_of(glow(300, 200, 1000))


@lru_cache(maxsize=2)
def _bands(layout: int) -> tuple[Patch, Patch, Patch, Patch]:
    """The three kinds of bands, and the wide one's shadow."""
    thin, wide, last = (_band(edges) for edges in _LAYOUTS[layout])
    return cut(thin, (_LEFT, 0)), cut(wide, (_LEFT, 0)), cut(last, (_LEFT, 0)), cut(blurred(wide, 18), (_LEFT, 0))


def _band(edges: _Edges) -> Image.Image:
    pen = Pen(WIDTH - _LEFT, HEIGHT, origin=(FOCUS[0] - _LEFT, FOCUS[1]))
    up, low = -FOCUS[1], HEIGHT - FOCUS[1]
    for left, right in edges:
        corners = [(left, up), (right, up), (right, low), (left, low)]
        pen.poly([(x - SLANT * y, y) for x, y in corners])
    return pen.mask()

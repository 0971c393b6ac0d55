"""Slanted stripes of unequal width that carry the motif."""

from __future__ import annotations

from functools import lru_cache

from PIL import Image

from imager.providers.painter.masks import HEIGHT, WIDTH, blurred, glow
from imager.providers.painter.pen import Pen
from imager.providers.painter.scene import FOCUS, SLANT, Look, Scene

_LEFT = 540


def stripes(scene: Scene) -> None:
    """Thin, wide, thin: the wide one is the motif's panel."""
    palette = scene.palette
    ground = palette.ground
    panel = palette.on(ground, palette.second, palette.accent)
    scene.fill(glow(300, 200, 1000), ground.lit(0.035), strength=0.8)
    layout = scene.dice.pick((0, 1))
    scene.fill(_shade(layout), palette.ink, (_LEFT + 10, 12), 0.4)
    thin, wide, last = _bands(layout)
    scene.fill(thin, palette.on(ground, palette.accent), (_LEFT, 0))
    scene.fill(wide, panel, (_LEFT, 0))
    scene.fill(last, panel.lit(-0.09 if panel.lightness > 0.4 else 0.09), (_LEFT, 0))
    body = palette.on(panel, palette.accent, ground)
    detail = palette.on(body, panel, ground)
    scene.hero(Look(body, detail, palette.on(body, palette.paper), 12, (18, 22, 12), 0.45), size=430)


@lru_cache(maxsize=6)
def _bands(layout: int) -> tuple[Image.Image, Image.Image, Image.Image]:
    thin = ((-330, -296), (-278, -266)) if layout else ((-334, -286),)
    wide = ((-250, 236),) if layout else ((-268, 230),)
    last = ((254, 1000),) if layout else ((250, 300), (320, 350))
    return _band(thin), _band(wide), _band(last)


def _band(edges: tuple[tuple[int, int], ...]) -> Image.Image:
    """Slanted bands; edges are pixels right of the focal point at its height."""
    pen = Pen(WIDTH - _LEFT, HEIGHT, origin=(FOCUS[0] - _LEFT, FOCUS[1]))
    up, down = -FOCUS[1], HEIGHT - FOCUS[1]
    for left, right in edges:
        corners = [(left, up), (right, up), (right, down), (left, down)]
        pen.poly([(x - SLANT * y, y) for x, y in corners])
    return pen.mask()


@lru_cache(maxsize=2)
def _shade(layout: int) -> Image.Image:
    return blurred(_bands(layout)[1], 18)

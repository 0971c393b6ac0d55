"""Rays that break out behind a solid hub."""

from __future__ import annotations

from functools import lru_cache

from PIL import Image, ImageChops

from imager.providers.painter.masks import HEIGHT, WIDTH, glow, ramp
from imager.providers.painter.pen import Pen, polar
from imager.providers.painter.scene import FOCUS, Look, Scene

_REACH = 1500


def rays(scene: Scene) -> None:
    """The ground is the calm half; the rays fade before they reach it."""
    palette, ground = scene.palette, scene.palette.ground
    up = 1 if ground.lightness < 0.6 else -1
    scene.fill(glow(*FOCUS, 900), ground.lit(0.05 * up).at(chroma=ground.chroma * 1.1))
    scene.fill(_wedges(scene.dice.pick((12, 14, 16)), scene.dice.pick((0, 6))), ground.lit(0.13 * up))
    hub = palette.on(ground, palette.second, palette.accent)
    scene.fill(_disc(300), palette.ink, (FOCUS[0] - 310, FOCUS[1] - 296), 0.22)
    scene.fill(_disc(286), palette.paper, (FOCUS[0] - 310, FOCUS[1] - 310))
    scene.fill(_disc(264), hub, (FOCUS[0] - 310, FOCUS[1] - 310))
    body = palette.on(hub, palette.accent, palette.ground)
    scene.hero(Look(body, hub.lit(-0.06), palette.ink, 9, (16, 22, 0), 0.30), size=376)


@lru_cache(maxsize=6)
def _wedges(count: int, turn: int) -> Image.Image:
    pen = Pen(WIDTH, HEIGHT, origin=FOCUS)
    step = 360 / count
    for i in range(count):
        angle = turn + i * step
        pen.poly([(0, 0), polar(0, 0, _REACH, angle), polar(0, 0, _REACH, angle + step / 2)])
    return ImageChops.multiply(pen.mask(), ramp(0.10, 0.72))


@lru_cache(maxsize=4)
def _disc(radius: int) -> Image.Image:
    pen = Pen(620, 620, origin=(310, 310))
    pen.disc(0, 0, radius)
    return pen.mask()

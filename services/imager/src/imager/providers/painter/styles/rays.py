"""Rays that break out behind a solid hub."""

from __future__ import annotations

from functools import lru_cache

from PIL import Image, ImageChops

from imager.providers.painter.masks import HEIGHT, WIDTH, across, faded, glow, tone_of
from imager.providers.painter.pen import Pen, polar
from imager.providers.painter.scene import FOCUS, Look, Scene, disc

_REACH = 1500


def rays(scene: Scene) -> None:
    """The ground is the calm half; the rays fade before they reach it."""
    palette, ground = scene.palette, scene.palette.ground
    far = ground.lit(0.18) if ground.lightness < 0.6 else ground.deeper(0.15)
    scene.wash(ground, far, tone=_wedges(scene.dice.pick((12, 14, 16)), scene.dice.pick((0, 6))))
    hub = palette.on(ground, palette.second, palette.accent)
    scene.fill(disc(300), palette.ink, move=(FOCUS[0], FOCUS[1] + 14), strength=0.22)
    scene.fill(disc(286), palette.paper, move=FOCUS)
    scene.fill(disc(264), hub, move=FOCUS)
    body = palette.on(hub, palette.accent, palette.ground)
    scene.hero(Look(body, hub.lit(-0.06), palette.ink, 9, (16, 22, 0), 0.30), size=376)


@lru_cache(maxsize=6)
def _wedges(count: int, turn: int) -> Image.Image:
    """The rays' tone: a glow round the focal point, lighter in the rays."""
    pen = Pen(WIDTH, HEIGHT, origin=FOCUS)
    step = 360 / count
    for i in range(count):
        angle = turn + i * step
        pen.poly([(0, 0), polar(0, 0, _REACH, angle), polar(0, 0, _REACH, angle + step / 2)])
    fading = ImageChops.multiply(pen.mask(), tone_of(across(0.10, 0.72)))
    return ImageChops.add(faded(fading, 0.66), faded(tone_of(glow(*FOCUS, 900)), 0.3))

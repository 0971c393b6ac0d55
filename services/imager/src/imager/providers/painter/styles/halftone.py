"""Dots that swell towards the focal point, printed in one colour under a contrasting sticker."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PIL import Image

from imager.providers.painter.masks import HEIGHT, WIDTH, Patch, cut
from imager.providers.painter.palette import stands_out
from imager.providers.painter.pen import Pen, star
from imager.providers.painter.scene import FOCUS, Look, Scene

_START = 640
"""Dots begin at this x: left of it the ground is plain."""

_RADIUS = 300


def halftone(scene: Scene) -> None:
    """Pop art: plain ground, dots, a burst, and the motif as a sticker with a hard shadow."""
    palette = scene.palette
    light = palette.ground.lightness > 0.7
    burst = palette.second if light and stands_out(palette.second, palette.ground) else palette.paper
    dots = palette.ground.deeper(0.14) if light else palette.on(palette.ground, palette.second, palette.accent)
    scene.fill(_dots(scene.dice.pick((30, 36))), dots)
    paper = _burst(scene.dice.pick((14, 18)))
    scene.fill(paper, palette.ink, move=(14, 20), strength=0.9)
    scene.fill(paper, burst)
    body = palette.on(burst, palette.accent) if light else palette.accent
    look = Look(body, palette.on(body, palette.second, palette.ground), palette.ink, 11, (14, 18, 0), 0.85)
    scene.hero(look, size=384)


@lru_cache(maxsize=2)
def _dots(pitch: int) -> Patch:
    """A grid turned by 45 degrees whose dots grow to the right."""
    y, x = np.mgrid[0:HEIGHT, _START:WIDTH].astype(np.float32)
    u, v = (x + y) / pitch, (x - y) / pitch
    off = np.hypot(u - np.round(u), v - np.round(v)) * (pitch / 2**0.5)
    swell = np.clip((x - _START + 0.25 * (y - HEIGHT / 2)) / (WIDTH - _START), 0, 1) ** 0.8
    radius = swell * pitch * 0.44 - 0.6
    return cut(Image.fromarray((np.clip(radius - off + 0.5, 0, 1) * 255).astype(np.uint8)), (_START, 0))


@lru_cache(maxsize=2)
def _burst(tips: int) -> Patch:
    pen = Pen(2 * _RADIUS, 2 * _RADIUS, origin=(_RADIUS, _RADIUS))
    pen.poly(star(0, 0, tips, _RADIUS, _RADIUS * 0.84, turn=-84))
    return cut(pen.mask(), (FOCUS[0] - _RADIUS, FOCUS[1] - _RADIUS))

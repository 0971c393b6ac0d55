"""The picture cut in two along the slant; the motif changes colour where the cut runs through it."""

from __future__ import annotations

from functools import lru_cache

from PIL import Image, ImageChops

from imager.providers.painter.colour import Colour
from imager.providers.painter.masks import HEIGHT, SIZE, WIDTH, blurred, glow
from imager.providers.painter.pen import Pen
from imager.providers.painter.scene import FOCUS, SLANT, Look, Scene
from imager.providers.painter.sprite import sprite

_SIZE = 470


def split(scene: Scene) -> None:
    """A poster in two flat colours and their exchange."""
    palette = scene.palette
    ground = palette.ground
    scene.fill(glow(260, 240, 1000), ground.lit(0.03), strength=0.8)
    far = palette.on(ground, palette.accent, palette.second)
    scene.fill(_shade(), palette.ink, strength=0.38)
    scene.fill(_half(-14), palette.paper)
    scene.fill(_half(0), far)
    look = Look(far, ground, cast=(12, 20, 18), cast_strength=0.34)
    scene.motif(scene.subject.hero, look, size=_SIZE, at=FOCUS, lean=scene.lean)
    _exchange(scene, far)
    scene.badge(size=_SIZE)


def _exchange(scene: Scene, far: Colour) -> None:
    """The part of the motif beyond the cut, in the ground's colours."""
    body = scene.palette.ground
    cut = sprite(scene.subject.hero, _SIZE, scene.lean, scene.mirrored)
    corner = (round(FOCUS[0] - cut.side / 2), round(FOCUS[1] - cut.side / 2))
    beyond = _half(0).crop((*corner, corner[0] + cut.side, corner[1] + cut.side))
    for mask, colour in ((cut.body, body), (cut.edge, body.lit(-0.06)), (cut.detail, far)):
        scene.fill(ImageChops.multiply(mask, beyond), colour, corner)


@lru_cache(maxsize=2)
def _half(shift: int) -> Image.Image:
    """Everything right of the cut through the focal point, moved by `shift` pixels."""
    pen = Pen(*SIZE)
    top, bottom = FOCUS[0] + SLANT * FOCUS[1] + shift, FOCUS[0] - SLANT * (HEIGHT - FOCUS[1]) + shift
    pen.poly([(top, 0), (WIDTH, 0), (WIDTH, HEIGHT), (bottom, HEIGHT)])
    return pen.mask()


@lru_cache(maxsize=1)
def _shade() -> Image.Image:
    return blurred(_half(-24), 26)

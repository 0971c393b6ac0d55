"""The picture cut in two along the slant; the motif changes colour where the cut runs through it."""

from __future__ import annotations

from functools import lru_cache

from PIL import Image, ImageChops

from imager.providers.painter.colour import Colour
from imager.providers.painter.masks import HEIGHT, SIZE, WIDTH, Patch, blurred, cut, glow, tone_of
from imager.providers.painter.pen import Pen
from imager.providers.painter.scene import FOCUS, SLANT, Look, Scene
from imager.providers.painter.sprite import Form, sprite

_SIZE = 470


def split(scene: Scene) -> None:
    """A poster in two flat colours and their exchange."""
    palette = scene.palette.turned
    ground = palette.ground
    scene.wash(ground, ground.lit(0.03), tone=_light())
    far = palette.on(ground, palette.accent, palette.second)
    shade, seam, half = _parts()
    scene.fill(shade, palette.ink, strength=0.38)
    scene.fill(seam, palette.paper)
    scene.fill(half, far)
    form = scene.form(_SIZE)
    scene.motif(form, Look(far, ground, cast=(12, 20, 18), cast_strength=0.34), FOCUS)
    _exchange(scene, form, ground, far)
    scene.badge(size=_SIZE)


def _exchange(scene: Scene, form: Form, ground: Colour, far: Colour) -> None:
    """The part of the motif beyond the cut, in the ground's colours."""
    parts = sprite(form)
    scene.shade(_beyond(parts.body), ground.lit(-0.06), ground, ground, move=FOCUS)
    scene.fill(_beyond(parts.detail), far, move=FOCUS)


def _beyond(patch: Patch) -> Patch:
    left, top = patch.at[0] + FOCUS[0], patch.at[1] + FOCUS[1]
    window = _half(0).crop((left, top, left + patch.mask.width, top + patch.mask.height))
    return Patch(ImageChops.multiply(patch.mask, window), patch.at, patch.tone)


@lru_cache(maxsize=1)
def _light() -> Image.Image:
    return tone_of(glow(260, 240, 1000))


@lru_cache(maxsize=1)
def _parts() -> tuple[Patch, Patch, Patch]:
    """The shadow along the cut, the seam of paper, and the far half."""
    seam = ImageChops.subtract(_half(-14), _half(6))
    shade = ImageChops.subtract(blurred(_half(-24), 26), _half(0))
    return cut(shade), cut(seam), cut(_half(0))


@lru_cache(maxsize=4)
def _half(shift: int) -> Image.Image:
    """Everything right of the cut through the focal point, moved by `shift` pixels."""
    pen = Pen(*SIZE)
    top, bottom = FOCUS[0] + SLANT * FOCUS[1] + shift, FOCUS[0] - SLANT * (HEIGHT - FOCUS[1]) + shift
    pen.poly([(top, 0), (WIDTH, 0), (WIDTH, HEIGHT), (bottom, HEIGHT)])
    return pen.mask()

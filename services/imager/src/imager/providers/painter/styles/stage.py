"""A set for a product: wall, arch, floor, and the motif on a round podium."""

from __future__ import annotations

from functools import lru_cache

from PIL import Image

from imager.providers.painter.masks import HEIGHT, SIZE, WIDTH, blurred, fall, glow
from imager.providers.painter.pen import Pen
from imager.providers.painter.scene import FOCUS, SLANT, Look, Scene

_FLOOR = 598
_TOP = 572
"""The middle of the podium's upper face."""


def stage(scene: Scene) -> None:
    """Soft light from the left; few things, much air."""
    palette = scene.palette
    wall = palette.soft
    scene.wash(wall)
    dark = wall.lightness < 0.6
    scene.fill(glow(420, 300, 1100), wall.lit(0.045 if dark else 0.02))
    scene.fill(_beam(), wall.lit(0.05 if dark else 0.035), strength=0.6)
    scene.fill(_floor(), wall.lit(-0.055))
    arch = palette.on(wall, palette.second, palette.ground)
    scene.fill(_arch(0), arch.lit(-0.07))
    scene.fill(_arch(1), arch)
    scene.fill(fall(0.2, 1.0), palette.ink, strength=0.16)
    body = palette.on(arch, palette.accent, wall)
    side, face = _podium()
    scene.fill(_podium_shade(), palette.ink, (24, 26), 0.35)
    scene.fill(side, wall.lit(-0.02 if dark else -0.12))
    scene.fill(face, wall.lit(0.09 if dark else 0.02))
    look = Look(body, arch, cast=(26, 16, 18), cast_strength=0.36)
    scene.hero(look, size=370, at=(FOCUS[0], _TOP + 8), stands=True)


@lru_cache(maxsize=1)
def _beam() -> Image.Image:
    """Light through a window that stands outside the picture."""
    pen = Pen(*SIZE, oversample=1)
    for left, right in ((120, 420), (470, 640)):
        shift = SLANT * HEIGHT
        pen.poly([(left + shift, 0), (right + shift, 0), (right, HEIGHT), (left, HEIGHT)])
    return blurred(pen.mask(), 40)


@lru_cache(maxsize=1)
def _floor() -> Image.Image:
    pen = Pen(*SIZE, oversample=1)
    pen.box(0, _FLOOR, WIDTH, HEIGHT)
    return pen.mask()


@lru_cache(maxsize=2)
def _arch(inner: int) -> Image.Image:
    """A doorway with a round top; `inner` is its front, set off to show the wall's thickness."""
    pen = Pen(*SIZE)
    half, shift = 268 - 22 * inner, 22 * inner
    x = FOCUS[0] + shift
    pen.disc(x, 322, half)
    pen.box(x - half, 322, x + half, _FLOOR)
    return pen.mask()


@lru_cache(maxsize=1)
def _podium() -> tuple[Image.Image, Image.Image]:
    """The podium's side and its upper face."""
    side, face = Pen(*SIZE), Pen(*SIZE)
    x = FOCUS[0]
    side.box(x - 292, _TOP, x + 292, 690)
    side.oval(x, 690, 292, 44)
    face.oval(x, _TOP, 292, 44)
    return side.mask(), face.mask()


@lru_cache(maxsize=1)
def _podium_shade() -> Image.Image:
    """The podium's shadow."""
    return blurred(_podium()[0], 24)

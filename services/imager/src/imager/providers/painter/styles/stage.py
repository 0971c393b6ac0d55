"""A set for a product: wall, arch, floor, and the motif on a round podium."""

from __future__ import annotations

from functools import lru_cache

from PIL import Image

from imager.providers.painter.masks import (
    HEIGHT,
    SIZE,
    WIDTH,
    Patch,
    blurred,
    cut,
    down,
    faded,
    field_of,
    glow,
    tone_of,
)
from imager.providers.painter.pen import Pen
from imager.providers.painter.scene import FOCUS, SLANT, Look, Scene

_FLOOR = 598
_TOP = 572
"""The middle of the podium's upper face."""

_HALF = 292
"""Half the podium's width."""


def stage(scene: Scene) -> None:
    """Soft light from the left; few things, much air."""
    palette = scene.palette
    wall = palette.soft
    scene.wash(wall.deeper(0.26), wall.lit(0.06), tone=_room())
    arch = palette.on(wall, palette.second, palette.accent, palette.ground)
    scene.fill(_arch(0), arch.lit(-0.07))
    scene.fill(_arch(1), arch)
    side, face, shade = _podium()
    scene.fill(shade, palette.ink, move=(24, 26), strength=0.35)
    scene.shade(side, wall.deeper(0.22), wall.lit(-0.02))
    scene.fill(face, wall.lit(0.09 if wall.lightness < 0.6 else 0.05))
    body = palette.on(arch, palette.accent, wall)
    look = Look(body, arch, cast=(26, 16, 18), cast_strength=0.36)
    scene.hero(look, size=370, at=(FOCUS[0], _TOP + 8), stands=True)


@lru_cache(maxsize=1)
def _room() -> Image.Image:
    """The tone of wall and floor in the light of a window that stands outside the picture."""
    pen = Pen(*SIZE, oversample=1)
    shift = SLANT * HEIGHT
    for left, right in ((120, 420), (470, 640)):
        pen.poly([(left + shift, 0), (right + shift, 0), (right, HEIGHT), (left, HEIGHT)])
    beam = field_of(blurred(pen.mask(), 40))
    tone = tone_of(0.76 + 0.10 * beam + 0.12 * glow(420, 260, 1100) - 0.30 * down(0.1, 1.0))
    floor = (0, _FLOOR, WIDTH, HEIGHT)
    tone.paste(faded(tone.crop(floor), 0.72), floor)
    return tone


@lru_cache(maxsize=2)
def _arch(inner: int) -> Patch:
    """A doorway with a round top; `inner` is its front, set off to show the wall's thickness."""
    pen = Pen(*SIZE)
    half, shift = 268 - 22 * inner, 22 * inner
    x = FOCUS[0] + shift
    pen.disc(x, 322, half)
    pen.box(x - half, 322, x + half, _FLOOR)
    return cut(pen.mask())


@lru_cache(maxsize=1)
def _podium() -> tuple[Patch, Patch, Patch]:
    """The podium's side, its upper face and its shadow."""
    side, face = Pen(*SIZE), Pen(*SIZE)
    x = FOCUS[0]
    side.box(x - _HALF, _TOP, x + _HALF, 690)
    side.oval(x, 690, _HALF, 44)
    face.oval(x, _TOP, _HALF, 44)
    mask = side.mask()
    return cut(mask, tone=tone_of(glow(x - 110, 640, 520, 2.0))), cut(face.mask()), cut(blurred(mask, 24))

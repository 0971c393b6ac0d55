"""A dark room in one hue, a beam from above, and the motif in it."""

from __future__ import annotations

from functools import lru_cache

from PIL import Image

from imager.providers.painter.masks import SIZE, Field, blurred, down, field_of, glow, tone_of
from imager.providers.painter.pen import Pen
from imager.providers.painter.scene import FOCUS, Look, Scene

_FLOOR = 610


def spotlight(scene: Scene) -> None:
    """All light is of the ground's hue; only the motif has another colour."""
    palette = scene.palette
    room = palette.deep
    light = room.at(lightness=0.84, chroma=max(0.09, room.chroma))
    middle = room.at(lightness=0.50, chroma=max(0.13, room.chroma * 1.5))
    scene.wash(room.lit(-0.07), middle, light, tone=_light())
    accent = palette.accent
    body = accent.at(lightness=max(0.78, accent.lightness), chroma=max(0.12, accent.chroma))
    look = Look(body, room, cast=(0, 30, 14), cast_strength=0.55)
    scene.hero(look, size=400, at=(FOCUS[0], _FLOOR + 4), stands=True)


@lru_cache(maxsize=1)
def _light() -> Image.Image:
    """The tone of the room: wall, beam, the lit oval on the floor and the motif's shade on it."""
    x = FOCUS[0]
    wall = 0.13 + 0.22 * glow(x, 330, 1000) - 0.12 * down(0.55, 1.0)
    lit = 1 - (1 - wall) * (1 - 0.5 * _beam())
    pool = 0.75 * _oval(292, 54, 8) + 0.25 * _oval(226, 40, 20)
    foot = 0.75 * glow(x, _FLOOR - 12, 210, 0.17)
    return tone_of(lit * (1 - pool) + 0.88 * pool * (1 - foot), grain=2)


def _beam() -> Field:
    wide, narrow = Pen(*SIZE, oversample=1), Pen(*SIZE, oversample=1)
    x = FOCUS[0]
    wide.poly([(x + 10, -60), (x + 150, -60), (x + 290, _FLOOR), (x - 290, _FLOOR)])
    narrow.poly([(x + 50, -60), (x + 110, -60), (x + 210, _FLOOR), (x - 210, _FLOOR)])
    soft = (field_of(blurred(wide.mask(), 20)) + field_of(blurred(narrow.mask(), 36))) / 2
    return soft * (1 - 0.62 * down(0.0, 1.0))


def _oval(half: int, high: int, softness: int) -> Field:
    pen = Pen(*SIZE, oversample=1)
    pen.oval(FOCUS[0], _FLOOR, half, high)
    return field_of(blurred(pen.mask(), softness))

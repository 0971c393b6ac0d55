"""A dark room in one hue, a beam from above, and the motif in it."""

from __future__ import annotations

from functools import lru_cache

from PIL import Image, ImageChops

from imager.providers.painter.masks import SIZE, blurred, fall, glow
from imager.providers.painter.pen import Pen
from imager.providers.painter.scene import FOCUS, Look, Scene

_FLOOR = 610


def spotlight(scene: Scene) -> None:
    """All light is of the ground's hue; only the motif has another colour."""
    palette = scene.palette
    room = palette.deep
    light = room.at(lightness=0.72, chroma=max(0.10, room.chroma * 1.5))
    scene.wash(room)
    scene.fill(glow(FOCUS[0], 330, 900), room.at(lightness=0.38, chroma=light.chroma))
    scene.fill(fall(0.55, 1.0), room.lit(-0.08), strength=0.55)
    _shine(scene, light.rgb)
    scene.fill(_pool(0), light)
    scene.fill(_pool(1), light.lit(0.13), strength=0.8)
    body = palette.accent.at(lightness=max(0.78, palette.accent.lightness), chroma=max(0.12, palette.accent.chroma))
    look = Look(body, room, cast=(0, 30, 14), cast_strength=0.55)
    scene.fill(glow(FOCUS[0], _FLOOR - 14, 190, 0.16), room, strength=0.85)
    scene.hero(look, size=400, at=(FOCUS[0], _FLOOR + 4), stands=True)


def _shine(scene: Scene, light: tuple[int, int, int]) -> None:
    """Light adds: the beam is screened over what is there."""
    beam = Image.new("RGB", SIZE)
    beam.paste(light, (0, 0), _beam())
    scene.picture = ImageChops.screen(scene.picture, beam)


@lru_cache(maxsize=1)
def _beam() -> Image.Image:
    wide, narrow = Pen(*SIZE, oversample=1), Pen(*SIZE, oversample=1)
    x = FOCUS[0]
    wide.poly([(x + 10, -60), (x + 150, -60), (x + 320, _FLOOR), (x - 320, _FLOOR)])
    narrow.poly([(x + 50, -60), (x + 110, -60), (x + 210, _FLOOR), (x - 210, _FLOOR)])
    beam = ImageChops.blend(blurred(wide.mask(), 20), blurred(narrow.mask(), 36), 0.5)
    fading = ImageChops.invert(fall(0.0, 1.0)).point([70 + round(v * 0.5) for v in range(256)])
    return ImageChops.multiply(beam, fading)


@lru_cache(maxsize=2)
def _pool(inner: int) -> Image.Image:
    """The lit oval on the floor."""
    pen = Pen(*SIZE, oversample=1)
    pen.oval(FOCUS[0], _FLOOR, 322 - 70 * inner, 58 - 16 * inner)
    return blurred(pen.mask(), 6 + 14 * inner)

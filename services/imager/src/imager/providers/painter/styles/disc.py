"""A large disc in two tones, and the motif across its edge."""

from __future__ import annotations

from functools import lru_cache

from PIL import Image, ImageChops

from imager.providers.painter.colour import Colour
from imager.providers.painter.masks import SIZE, blurred, fall
from imager.providers.painter.pen import Pen
from imager.providers.painter.scene import FOCUS, Look, Scene

_CENTRE = (FOCUS[0] + 14, FOCUS[1] - 6)


def disc(scene: Scene) -> None:
    """Pale ground, one saturated sun, one dark motif."""
    palette = scene.palette
    ground = palette.deep if scene.mood == "dark" else palette.pale
    scene.wash(ground)
    top = palette.accent
    bottom = _kin(palette.second, top)
    scene.fill(_ring(), bottom, strength=0.5)
    scene.fill(_shade(), bottom.at(lightness=0.3), (0, 0), 0.35)
    scene.fill(_round(318), top)
    scene.fill(ImageChops.multiply(_round(318), fall(0.12, 0.86)), bottom)
    middle = top.at(lightness=(top.lightness + bottom.lightness) / 2)
    body = palette.ink.lit(0.05) if middle.lightness > 0.5 else palette.paper
    detail = palette.on(body, top, palette.second)
    scene.hero(Look(body, detail, cast=(16, 26, 18), cast_strength=0.34), size=440)


def _kin(colour: Colour, top: Colour) -> Colour:
    """The lower tone: the second colour where the way to it stays clean, else a neighbour of the upper one."""
    turn = (colour.hue - top.hue + 180) % 360 - 180
    if abs(turn) <= 95 and colour.chroma > 0.06:
        return colour
    return top.at(lightness=top.lightness - 0.16, hue=top.hue + (-45 if 20 < top.hue < 140 else 45))


@lru_cache(maxsize=1)
def _round(radius: int) -> Image.Image:
    pen = Pen(*SIZE)
    pen.disc(*_CENTRE, radius)
    return pen.mask()


@lru_cache(maxsize=1)
def _ring() -> Image.Image:
    """A thin orbit with its moon, off the disc's centre."""
    pen = Pen(*SIZE)
    pen.ring(_CENTRE[0] + 8, _CENTRE[1] + 4, 356, 5)
    pen.disc(_CENTRE[0] - 250, _CENTRE[1] - 246, 26)
    return pen.mask()


@lru_cache(maxsize=1)
def _shade() -> Image.Image:
    pen = Pen(*SIZE, oversample=1)
    pen.oval(_CENTRE[0], _CENTRE[1] + 40, 300, 300)
    return blurred(pen.mask(), 40)

"""A large disc in two tones, and the motif across its edge."""

from __future__ import annotations

from functools import lru_cache

from imager.providers.painter.colour import Colour
from imager.providers.painter.masks import SIZE, Patch, blurred, cut, down, tone_of
from imager.providers.painter.pen import Pen
from imager.providers.painter.scene import FOCUS, Look, Scene

_CENTRE = (FOCUS[0] + 8, FOCUS[1] - 6)


def disc(scene: Scene) -> None:
    """Pale ground, one saturated sun, one dark motif."""
    palette = scene.palette
    ground = palette.deep if scene.mood == "dark" else palette.pale
    scene.wash(ground)
    top = palette.accent
    bottom = _kin(palette.second, top)
    sun, orbit, shade = _parts()
    scene.fill(orbit, bottom, strength=0.5)
    scene.fill(shade, bottom.at(lightness=0.3), strength=0.35)
    scene.shade(sun, top, bottom)
    middle = (top.lightness + bottom.lightness) / 2
    body = palette.ink.lit(0.05) if middle > 0.5 else palette.paper
    detail = palette.on(body, top, palette.second)
    scene.hero(Look(body, detail, cast=(16, 26, 18), cast_strength=0.34), size=420)


def _kin(colour: Colour, top: Colour) -> Colour:
    """The lower tone: the second colour where the way to it stays clean, else a neighbour of the upper one."""
    turn = (colour.hue - top.hue + 180) % 360 - 180
    if abs(turn) <= 95 and colour.chroma > 0.06:
        return colour
    return top.at(lightness=top.lightness - 0.16, hue=top.hue + (-45 if 20 < top.hue < 140 else 45))


@lru_cache(maxsize=1)
def _parts() -> tuple[Patch, Patch, Patch]:
    """The disc with its gradient, a thin orbit with its moon, and the disc's shadow."""
    sun, orbit, shade = Pen(*SIZE), Pen(*SIZE), Pen(*SIZE, oversample=1)
    x, y = _CENTRE
    sun.disc(x, y, 292)
    orbit.ring(x + 6, y + 4, 322, 5)
    orbit.disc(x - 224, y - 224, 24)
    shade.disc(x, y + 40, 276)
    return cut(sun.mask(), tone=tone_of(down(0.12, 0.86))), cut(orbit.mask()), cut(blurred(shade.mask(), 40))

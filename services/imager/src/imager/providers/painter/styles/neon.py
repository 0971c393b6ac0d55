"""The motif as a neon sign on a dark wall."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from PIL import Image, ImageChops, ImageFilter

from imager.providers.painter.colour import Colour
from imager.providers.painter.masks import HEIGHT, WIDTH, Patch, blurred, cut, glow, grown, tone_of
from imager.providers.painter.pen import Pen
from imager.providers.painter.scene import FOCUS, Scene
from imager.providers.painter.sprite import Form, masks

_LEFT = 652
_SIZE = 380
_TUBE = 11


@dataclass(frozen=True, slots=True)
class _Tube:
    """halo: its light on the wall. glass: the coloured tube. core: the white-hot middle."""

    halo: Patch
    glass: Patch
    core: Patch


def neon(scene: Scene) -> None:
    """Two tubes: a ring in the second colour, the motif in the accent; both throw their light on the wall."""
    palette = scene.palette
    wall = palette.deep.at(lightness=0.20)
    ring, sign = _bright(palette.second), _bright(palette.accent)
    scene.wash(wall, wall.at(lightness=0.33, chroma=0.11, hue=ring.hue), tone=_wall())
    _light(scene, _ring(scene.dice.pick((20, 200))), ring)
    _light(scene, _sign(scene.form(_SIZE, lean=0)), sign)


def _bright(colour: Colour) -> Colour:
    return colour.at(lightness=max(0.74, colour.lightness), chroma=max(0.15, colour.chroma))


def _light(scene: Scene, tube: _Tube, colour: Colour) -> None:
    scene.fill(tube.halo, colour.lit(-0.08), strength=0.75)
    scene.fill(tube.glass, colour)
    scene.fill(tube.core, colour.at(lightness=0.97, chroma=0.03), strength=0.9)


@lru_cache(maxsize=1)
def _wall() -> Image.Image:
    return tone_of(glow(*FOCUS, 900))


@lru_cache(maxsize=2)
def _ring(start: int) -> _Tube:
    """A circle that is open for a little."""
    glass, core = (Pen(WIDTH - _LEFT, HEIGHT, origin=(FOCUS[0] - _LEFT, FOCUS[1])) for _ in range(2))
    glass.arc(0, 0, 284, start, start + 318, 18)
    core.arc(0, 0, 284, start, start + 318, 6)
    return _tube(glass.mask(), core.mask())


@lru_cache(maxsize=12)
def _sign(form: Form) -> _Tube:
    """The motif's outline and its lines."""
    whole, lines = masks(form)
    rim = ImageChops.subtract(grown(whole, _TUBE), whole.point([max(0, 2 * v - 255) for v in range(256)]))
    glass = ImageChops.lighter(rim, ImageChops.multiply(lines, whole))
    return _tube(_placed(glass), _placed(glass.filter(ImageFilter.MinFilter(5))))


def _placed(mask: Image.Image) -> Image.Image:
    """A motif's mask on the canvas right of `_LEFT`, its middle at the focal point."""
    canvas = Image.new("L", (WIDTH - _LEFT, HEIGHT))
    canvas.paste(mask, (FOCUS[0] - _LEFT - mask.width // 2, FOCUS[1] - mask.height // 2))
    return canvas


def _tube(glass: Image.Image, core: Image.Image) -> _Tube:
    near, far = blurred(glass, 12), blurred(glass, 46)
    halo = ImageChops.add(near.point([round(v * 0.6) for v in range(256)]), far)
    return _Tube(*(cut(mask, (_LEFT, 0)) for mask in (halo, glass, core)))

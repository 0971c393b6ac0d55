"""The motif as a neon sign on a dark wall."""

from __future__ import annotations

from functools import lru_cache

from PIL import Image, ImageChops

from imager.providers.painter.colour import Colour
from imager.providers.painter.masks import HEIGHT, SIZE, WIDTH, blurred, glow, grown
from imager.providers.painter.pen import Pen
from imager.providers.painter.scene import FOCUS, Scene
from imager.providers.painter.sprite import outline, sprite

_LEFT = 600
_SIZE = 392


def neon(scene: Scene) -> None:
    """Two tubes: a ring in the second colour, the motif in the accent; both throw their light on the wall."""
    palette = scene.palette
    wall = palette.deep.at(lightness=0.20)
    ring = _bright(palette.second)
    sign = _bright(palette.accent)
    scene.wash(wall)
    scene.fill(glow(*FOCUS, 900), wall.at(lightness=0.33, chroma=0.11, hue=ring.hue), strength=0.9)
    for tube, colour in ((_ring(scene.dice.pick((20, 200))), ring), (_sign(scene.subject.hero, scene.mirrored), sign)):
        _light(scene, tube, colour)


def _bright(colour: Colour) -> Colour:
    return colour.at(lightness=max(0.74, colour.lightness), chroma=max(0.15, colour.chroma))


def _light(scene: Scene, tubes: tuple[Image.Image, Image.Image, Image.Image], colour: Colour) -> None:
    """Screen the glow, then draw the tube with its white-hot core."""
    halo, tube, core = tubes
    box = (_LEFT, 0, WIDTH, HEIGHT)
    shine = Image.new("RGB", tube.size)
    shine.paste(colour.lit(-0.12).rgb, (0, 0), halo)
    scene.picture.paste(ImageChops.screen(scene.picture.crop(box), shine), box)
    scene.fill(tube, colour, (_LEFT, 0))
    scene.fill(core, colour.at(lightness=0.97, chroma=0.03), (_LEFT, 0), 0.9)


def _tubes(line: Image.Image, core: Image.Image) -> tuple[Image.Image, Image.Image, Image.Image]:
    near, far = blurred(line, 12), blurred(line, 46)
    halo = ImageChops.add(near.point([round(v * 0.6) for v in range(256)]), far)
    return halo, line, core


@lru_cache(maxsize=2)
def _ring(start: int) -> tuple[Image.Image, Image.Image, Image.Image]:
    """A circle that is open for a little."""
    line, core = (Pen(WIDTH - _LEFT, HEIGHT, origin=(FOCUS[0] - _LEFT, FOCUS[1])) for _ in range(2))
    line.arc(0, 0, 300, start, start + 318, 18)
    core.arc(0, 0, 300, start, start + 318, 6)
    return _tubes(line.mask(), core.mask())


@lru_cache(maxsize=12)
def _sign(motif: str, mirrored: bool) -> tuple[Image.Image, Image.Image, Image.Image]:
    """The motif's outline and its lines."""
    key = (motif, _SIZE, 0, mirrored)
    cut = sprite(*key)
    rim = ImageChops.subtract(outline(*key, 11), cut.body.point([max(0, 2 * v - 255) for v in range(256)]))
    tube = ImageChops.lighter(rim, cut.detail)
    whole = Image.new("L", (WIDTH - _LEFT, HEIGHT))
    at = (round(FOCUS[0] - _LEFT - cut.side / 2), round(FOCUS[1] - cut.side / 2))
    whole.paste(tube, at)
    inner = ImageChops.invert(grown(ImageChops.invert(whole), 4))
    return _tubes(whole, inner)

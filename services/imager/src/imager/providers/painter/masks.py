"""Masks (mode L, 255 inside) and tones (mode L, a place on a scale of colours) that the styles share.

What depends on no brief is made once and kept. Pasting costs by the pixel, so masks are cut to what they cover.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageFilter

from imager.providers.painter.colour import Colour

SIZE = WIDTH, HEIGHT = 1344, 768

Field = NDArray[np.floating]
"""Soft light as numbers, 0..1, a quarter of the size: what is soft needs no more pixels."""

_COARSE = 4


@dataclass(frozen=True, slots=True)
class Patch:
    """A mask and where its upper left corner lies. tone: of the mask's size, how light each pixel is."""

    mask: Image.Image
    at: tuple[int, int]
    tone: Image.Image | None = None


def cut(mask: Image.Image, at: tuple[int, int] = (0, 0), tone: Image.Image | None = None) -> Patch:
    """A patch without the mask's empty margins; `at` is where the uncut mask lies."""
    box = mask.getbbox() or (0, 0, 1, 1)
    return Patch(mask.crop(box), (at[0] + box[0], at[1] + box[1]), None if tone is None else tone.crop(box))


def coloured(tone: Image.Image, scale: Sequence[Colour]) -> Image.Image:
    """RGB: the tone's 0..255 along the scale's colours."""
    stops = np.linspace(0, 255, len(scale))
    channels = [np.interp(np.arange(256), stops, values) for values in zip(*(c.rgb for c in scale), strict=True)]
    picture = tone.copy()
    picture.putpalette(np.stack(channels, axis=1).round().astype(np.uint8).tobytes())
    return picture.convert("RGB")


def faded(mask: Image.Image, strength: float) -> Image.Image:
    """The mask times `strength` (0..1)."""
    return mask.point([round(v * strength) for v in range(256)])


def blurred(mask: Image.Image, radius: float) -> Image.Image:
    """The mask, softened by `radius` pixels."""
    small = mask.reduce(_COARSE).filter(ImageFilter.GaussianBlur(radius / _COARSE))
    return small.resize(mask.size, Image.Resampling.BILINEAR)


def moved(mask: Image.Image, right: int, down: int) -> Image.Image:
    """The mask, shifted; what comes in from outside is empty."""
    shifted = Image.new("L", mask.size)
    shifted.paste(mask, (right, down))
    return shifted


def grown(mask: Image.Image, by: float) -> Image.Image:
    """The mask, `by` pixels larger on every side, with round corners (a blur cut low: far cheaper than MaxFilter)."""
    soft = mask.reduce(2).filter(ImageFilter.GaussianBlur(by / 3)).resize(mask.size, Image.Resampling.BILINEAR)
    start, steep = 14, 50
    return ImageChops.lighter(mask, soft.point([max(0, min(255, (v - start) * steep)) for v in range(256)]))


def tone_of(light: Field, grain: int = 7) -> Image.Image:
    """Full size, with a fine grain that hides the steps of soft gradients: the shorter the scale, the more of it."""
    coarse = Image.fromarray((np.clip(light, 0, 1) * 255).astype(np.uint8))
    return ImageChops.add(coarse.resize(SIZE, Image.Resampling.BICUBIC), _grain(grain), offset=-128)


def across(start: float, end: float) -> Field:
    """0 left of x = `start`, 1 right of x = `end` (fractions of the width), smooth between."""
    xs = np.linspace(0, 1, WIDTH // _COARSE, dtype=np.float32)
    return np.broadcast_to(_eased((xs - start) / (end - start)), (HEIGHT // _COARSE, WIDTH // _COARSE))


def down(start: float, end: float) -> Field:
    """0 above y = `start`, 1 below y = `end` (fractions of the height), smooth between."""
    ys = np.linspace(0, 1, HEIGHT // _COARSE, dtype=np.float32)[:, None]
    return np.broadcast_to(_eased((ys - start) / (end - start)), (HEIGHT // _COARSE, WIDTH // _COARSE))


def glow(x: int, y: int, radius: int, squeeze: float = 1.0) -> Field:
    """1 at (x, y), falling softly to 0 at `radius` pixels; `squeeze` < 1 flattens it."""
    xs = (np.arange(0, WIDTH, _COARSE, dtype=np.float32) - x) / radius
    ys = (np.arange(0, HEIGHT, _COARSE, dtype=np.float32)[:, None] - y) / (radius * squeeze)
    return _eased(1 - np.sqrt(xs * xs + ys * ys))


def field_of(mask: Image.Image) -> Field:
    """A full-size mask as numbers."""
    return np.asarray(mask.reduce(_COARSE), dtype=np.float32) / 255


def _eased(values: Field) -> Field:
    near = np.clip(values, 0, 1)
    return np.asarray(near * near * (3 - 2 * near), dtype=np.float32)


@cache
def _grain(strength: int) -> Image.Image:
    tile = np.random.default_rng(7).normal(128, strength, (HEIGHT // 4, WIDTH // 4))
    return Image.fromarray(np.tile(tile.clip(100, 156).astype(np.uint8), (4, 4)))

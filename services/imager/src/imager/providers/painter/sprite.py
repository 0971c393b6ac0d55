"""A motif as masks, cut once and kept: painting it is then a matter of pasting colours."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from PIL import Image, ImageChops, ImageOps

from imager.providers.painter.masks import blurred, grown, moved
from imager.providers.painter.motifs import MOTIFS
from imager.providers.painter.pen import Pen, Point

_MARGIN = 0.20
"""Room round a motif for its outline and its lean, as a part of its size."""


_LARGEST, _AREA = 2.12, 1.80
"""Motifs are scaled to look equally large: the longer side at most, and the root of the area, where 2 is `size`."""


@dataclass(frozen=True, slots=True)
class Sprite:
    """Masks of one size.

    body: the silhouette. detail: the lines in it. edge: its rim away from the light. light: its side towards it.
    base: pixels from the centre down to where it stands.
    """

    body: Image.Image
    detail: Image.Image
    edge: Image.Image
    light: Image.Image
    base: int

    @property
    def side(self) -> int:
        """Width and height in pixels, margin included."""
        return self.body.width


@lru_cache(maxsize=24)
def sprite(motif: str, size: int, lean: int = 0, mirrored: bool = False) -> Sprite:
    """A motif about `size` pixels large, turned by `lean` degrees; `mirrored` cancels a mirroring of the picture."""
    side = round(size * (1 + 2 * _MARGIN))
    side += -side % 4
    factor, (x, y) = _fit(motif)
    unit = factor * size / 2
    origin = (side / 2 - x * unit, side / 2 - y * unit)
    body, detail = (Pen(side, side, unit=unit, origin=origin, oversample=2 if size > 200 else 3) for _ in range(2))
    MOTIFS[motif](body, detail)
    whole, lines = (_turned(pen.mask(), lean, mirrored) for pen in (body, detail))
    by = max(3, size // 26)
    return Sprite(
        body=whole,
        detail=ImageChops.multiply(lines, whole),
        edge=ImageChops.subtract(whole, moved(whole, -by, -by)),
        light=ImageChops.multiply(whole, _gradient(side)),
        base=(whole.getbbox() or (0, 0, side, side))[3] - side // 2,
    )


@lru_cache(maxsize=128)
def _fit(motif: str) -> tuple[float, Point]:
    """By how much a motif is scaled, and the middle of what it draws."""
    grid = 96
    body, detail = (Pen(grid, grid, unit=grid / 2.4, origin=(grid / 2, grid / 2), oversample=1) for _ in range(2))
    MOTIFS[motif](body, detail)
    left, top, right, bottom = (2.4 * (edge / grid - 0.5) for edge in body.mask().getbbox() or (0, 0, grid, grid))
    wide, high = right - left, bottom - top
    factor = min(_LARGEST / max(wide, high), _AREA / (wide * high) ** 0.5)
    return factor, ((left + right) / 2, (top + bottom) / 2)


@lru_cache(maxsize=8)
def _gradient(side: int) -> Image.Image:
    """Bright at the top, gone below the middle."""
    return ImageOps.flip(Image.linear_gradient("L")).point([max(0, 2 * v - 255) for v in range(256)]).resize((side, side))


@lru_cache(maxsize=24)
def outline(motif: str, size: int, lean: int, mirrored: bool, width: int) -> Image.Image:
    """The motif's silhouette, `width` pixels larger all round: what a sticker leaves of its paper."""
    return grown(sprite(motif, size, lean, mirrored).body, width)


@lru_cache(maxsize=24)
def shadow(motif: str, size: int, lean: int, mirrored: bool, softness: int) -> Image.Image:
    """The motif's silhouette, softened."""
    return blurred(sprite(motif, size, lean, mirrored).body, softness)


def _turned(mask: Image.Image, lean: int, mirrored: bool) -> Image.Image:
    mask = mask.rotate(-lean, Image.Resampling.BICUBIC) if lean else mask
    return ImageOps.mirror(mask) if mirrored else mask

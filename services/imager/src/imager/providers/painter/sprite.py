"""A motif as masks, cut once and kept: painting it is then a matter of pasting colours."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from PIL import Image, ImageChops, ImageOps

from imager.providers.painter.masks import Patch, blurred, cut, grown, moved
from imager.providers.painter.motifs import MOTIFS
from imager.providers.painter.pen import Pen, Point

_MARGIN = 0.20
"""Room round a motif for its outline and its lean, as a part of its size."""

_LARGEST, _AREA = 2.12, 1.80
"""Motifs are scaled to look equally large: the longer side at most, and the root of the area, where 2 is `size`."""


@dataclass(frozen=True, slots=True)
class Form:
    """A motif to be cut: about `size` pixels large, turned by `lean` degrees.

    mirrored: cancels a mirroring of the whole picture.
    """

    motif: str
    size: int
    lean: int = 0
    mirrored: bool = False

    @property
    def side(self) -> int:
        """The side of its masks in pixels, margin included; a multiple of 4."""
        side = round(self.size * (1 + 2 * _MARGIN))
        return side + -side % 4


@dataclass(frozen=True, slots=True)
class Sprite:
    """Patches round the motif's middle.

    body: the silhouette, its tone 0 at the rim away from the light, 128 on its face, above that towards the light.
    detail: the lines in it. base: pixels from the middle down to where it stands.
    """

    body: Patch
    detail: Patch
    base: int


@lru_cache(maxsize=32)
def sprite(form: Form) -> Sprite:
    """A motif, ready to be coloured."""
    whole, lines = masks(form)
    by = max(3, form.size // 26)
    edge = ImageChops.subtract(whole, moved(whole, -by, -by))
    tone = _daylight(form.side).copy()
    tone.paste(0, mask=edge)
    corner = (-form.side // 2, -form.side // 2)
    body = cut(whole, corner, tone)
    return Sprite(body, cut(ImageChops.multiply(lines, whole), corner), body.at[1] + body.mask.height)


@lru_cache(maxsize=32)
def outline(form: Form, width: int) -> Patch:
    """The motif's silhouette, `width` pixels larger all round: what a sticker leaves of its paper."""
    return cut(grown(masks(form)[0], width), (-form.side // 2, -form.side // 2))


@lru_cache(maxsize=32)
def shadow(form: Form, softness: int) -> Patch:
    """The motif's silhouette, softened."""
    return cut(blurred(masks(form)[0], softness), (-form.side // 2, -form.side // 2))


@lru_cache(maxsize=8)
def masks(form: Form) -> tuple[Image.Image, Image.Image]:
    """The silhouette and the lines, each `form.side` pixels square."""
    factor, (x, y) = _fit(form.motif)
    unit = factor * form.size / 2
    middle = (form.side / 2, form.side / 2)
    oversample = 2 if form.size > 200 else 3
    body, detail = (
        Pen(
            form.side,
            form.side,
            unit=unit,
            origin=middle,
            centre=(x, y),
            oversample=oversample,
            turn=form.lean,
            flip=form.mirrored,
        )
        for _ in range(2)
    )
    MOTIFS[form.motif](body, detail)
    return body.mask(), detail.mask()


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
def _daylight(side: int) -> Image.Image:
    """The tone of a face lit from above: full light at the top, 128 below the middle."""
    light = ImageOps.flip(Image.linear_gradient("L"))
    return light.point([128 + max(0, v - 128) for v in range(256)]).resize((side, side))

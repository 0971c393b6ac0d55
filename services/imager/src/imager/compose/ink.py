"""The headline's glyphs as masks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TypeAlias

from PIL import Image, ImageDraw

from imager.compose import fonts
from imager.compose.errors import HeadlineError
from imager.compose.fit import STROKE
from imager.compose.pieces import EMOJI_EM, script_language, text_direction
from imager.compose.place import Placed, Placement
from imager.decoding.background import HEIGHT, WIDTH

MEASURED_DOWN = 4
"""Contrast is measured at 320x180; the masks lie on that grid."""
MARGIN = 16
"""Pixels around the block that belong to its surroundings."""

Area: TypeAlias = tuple[int, int, int, int]


@dataclass(frozen=True)
class Ink:
    """area: the masks' part of the frame. masks: the letters, then the highlighted word; emoji are in neither."""

    area: Area
    masks: tuple[Image.Image, ...]
    placed: Sequence[Placed]

    @cached_property
    def outline(self) -> Image.Image:
        """All letters grown by the outline, by FreeType's stroker; drawn when first asked for."""
        return _mask(self.placed, self.area, STROKE)


def ink(placement: Placement, highlighted: int | None) -> Ink:
    lettered = [item for item in placement.placed if not item.piece.face.emoji]
    area = _area(placement)
    plain = [item for item in lettered if item.word != highlighted]
    marked = [item for item in lettered if item.word == highlighted]
    return Ink(area, tuple(_mask(group, area, 0) for group in (plain, marked) if group or group is plain), lettered)


def draw_emoji(picture: Image.Image, placement: Placement) -> None:
    for item in placement.placed:
        if item.piece.face.emoji:
            stamp = _stamp(item.piece.face, item.piece.text, round(EMOJI_EM * item.size))
            at = round(item.x + item.piece.left * item.size), round(item.y + item.piece.top * item.size)
            picture.paste(stamp, at, stamp)


@lru_cache(maxsize=64)
def _stamp(face: fonts.Face, cluster: str, height: int) -> Image.Image:
    """The emoji in colour: rendered at the one size its font has, then scaled."""
    font = fonts.open_face(face, fonts.EMOJI_SIZE)
    left, top, right, bottom = font.getbbox(cluster)
    sheet = Image.new("RGBA", (int(right - left), int(bottom - top)))
    ImageDraw.Draw(sheet).text((-left, -top), cluster, font=font, embedded_color=True)
    return sheet.resize((max(1, round(height * sheet.width / sheet.height)), height), Image.Resampling.LANCZOS)


def _area(placement: Placement) -> Area:
    """The block with its surroundings, on the grid of the measuring size."""
    box, grid = placement.box, MEASURED_DOWN
    left, top = (max(0, int(edge - MARGIN) // grid * grid) for edge in (box.left, box.top))
    right = min(WIDTH, -(-int(box.right + MARGIN) // grid) * grid)
    bottom = min(HEIGHT, -(-int(box.bottom + MARGIN) // grid) * grid)
    return left, top, right, bottom


def _mask(placed: Iterable[Placed], area: Area, stroke: float) -> Image.Image:
    left, top, right, bottom = area
    mask = Image.new("L", (right - left, bottom - top))
    draw = ImageDraw.Draw(mask)
    for item in placed:
        _draw(draw, item, area, stroke)
    return mask


def _draw(draw: ImageDraw.ImageDraw, item: Placed, area: Area, stroke: float) -> None:
    try:
        draw.text(
            (item.x - area[0], item.y - area[1]),
            item.piece.text,
            fill=255,
            font=fonts.open_face(item.piece.face, item.size),
            anchor="ls",
            direction=text_direction(rtl=item.piece.rtl),
            language=script_language(item.piece.text),
            stroke_width=round(stroke * item.size, 1),
        )
    except OSError as error:  # FreeType gives up on a few glyphs as intricate as U+FDFD
        raise HeadlineError(f"{item.piece.text!r} is too intricate to be drawn.") from error

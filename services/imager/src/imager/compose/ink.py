"""The headline's glyphs as masks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image, ImageDraw

from imager.compose import fonts
from imager.compose.contrast import MEASURED_DOWN
from imager.compose.fit import STROKE
from imager.compose.background import HEIGHT, WIDTH
from imager.compose.place import Placed, Placement
from imager.compose.pieces import EMOJI_EM, script_language, text_direction

MARGIN = 16


@dataclass(frozen=True, slots=True)
class Ink:
    """origin: the masks' upper left corner in the frame. letters: all but the highlighted word. outline: around both."""

    origin: tuple[int, int]
    letters: Image.Image
    highlight: Image.Image | None

    @property
    def area(self) -> tuple[int, int, int, int]:
        left, top = self.origin
        return left, top, left + self.letters.width, top + self.letters.height


def ink(placement: Placement, highlighted: int | None) -> Ink:
    """The fill masks of the letters, emoji left out."""
    origin, size = _canvas(placement)
    plain = [item for item in placement.placed if item.word != highlighted]
    marked = [item for item in placement.placed if item.word == highlighted]
    return Ink(origin, _mask(plain, origin, size, 0), _mask(marked, origin, size, 0) if marked else None)


def outline(placement: Placement, origin: tuple[int, int], size: tuple[int, int]) -> Image.Image:
    """The letters grown by the outline, drawn by FreeType's stroker."""
    return _mask(placement.placed, origin, size, STROKE)


def draw_emoji(picture: Image.Image, placement: Placement) -> None:
    for item in placement.placed:
        if item.piece.face.emoji:
            stamp = emoji_stamp(item.piece.text, round(EMOJI_EM * item.size))
            at = round(item.x + item.piece.left * item.size), round(item.y + item.piece.top * item.size)
            picture.paste(stamp, at, stamp)


@lru_cache(maxsize=64)
def emoji_stamp(cluster: str, height: int) -> Image.Image:
    """The emoji in colour: rendered at the one size its font has, then scaled."""
    face = fonts.emoji_face()
    assert face is not None
    font = fonts.open_face(face, fonts.EMOJI_SIZE)
    left, top, right, bottom = font.getbbox(cluster)
    sheet = Image.new("RGBA", (int(right - left), int(bottom - top)))
    ImageDraw.Draw(sheet).text((-left, -top), cluster, font=font, embedded_color=True)
    return sheet.resize((max(1, round(height * sheet.width / sheet.height)), height), Image.Resampling.LANCZOS)


def _canvas(placement: Placement) -> tuple[tuple[int, int], tuple[int, int]]:
    """The block with its surroundings, on the grid of the measuring size."""
    box, grid = placement.box, MEASURED_DOWN
    left, top = (max(0, int(edge - MARGIN) // grid * grid) for edge in (box.left, box.top))
    right = min(WIDTH, -(-int(box.right + MARGIN) // grid) * grid)
    bottom = min(HEIGHT, -(-int(box.bottom + MARGIN) // grid) * grid)
    return (left, top), (right - left, bottom - top)


def _mask(placed: Iterable[Placed], origin: tuple[int, int], size: tuple[int, int], stroke: float) -> Image.Image:
    mask = Image.new("L", size)
    draw = ImageDraw.Draw(mask)
    for item in placed:
        if not item.piece.face.emoji:
            draw.text(
                (item.x - origin[0], item.y - origin[1]),
                item.piece.text,
                fill=255,
                font=fonts.open_face(item.piece.face, item.size),
                anchor="ls",
                direction=text_direction(item.piece.rtl),
                language=script_language(item.piece.text) if fonts.shapes_scripts() else None,
                stroke_width=round(stroke * item.size, 1),
            )
    return mask

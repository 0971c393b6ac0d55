"""Paragraphs in whatever script they are written: each piece in the first typeface that has its letters.

A letter that none has (most emoji) is left out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

import fontpkg
from fontTools.ttLib import TTFont
from PIL import ImageDraw, ImageFont

LINE = 1.35
SPACE = 0.28
FAMILIES = ("Montserrat", "Noto Sans", "Noto Sans Arabic", "Noto Sans Devanagari", "Noto Sans Thai", "Rubik")
CJK = ("noto_cjk_sans_jp_bold", "NotoSansCJKjp-Bold.otf")
# Scripts that are written without spaces break between any two letters.
UNSPACED = r"\u3000-\u9fff\uff00-\uffef"
PIECES = re.compile(rf"([{UNSPACED}]|[^\s{UNSPACED}]+)(\s*)")


@dataclass(frozen=True, slots=True)
class Style:
    """size: pixels. weight: 100..900, where the typeface can. fill: as Pillow names colours."""

    size: int
    weight: int
    fill: str


@dataclass(frozen=True, slots=True)
class Piece:
    """What is never broken, and its width with the space that follows."""

    text: str
    font: ImageFont.FreeTypeFont
    ink: float
    advance: float


def text_height(text: str, style: Style, width: int) -> int:
    """How high the paragraph is when it is `width` pixels wide."""
    return len(list(_lines(text, style, width))) * _line_height(style)


def draw_text(draw: ImageDraw.ImageDraw, at: tuple[int, int], text: str, style: Style, width: int) -> None:
    """The paragraph, its top left corner at `at`."""
    left, top = at
    for number, line in enumerate(_lines(text, style, width)):
        baseline = top + number * _line_height(style) + style.size
        x = float(left)
        for piece in reversed(line) if _reads_leftwards(text) else line:
            draw.text((x, baseline), piece.text, font=piece.font, fill=style.fill, anchor="ls")
            x += piece.advance


def _lines(text: str, style: Style, width: int) -> Iterator[list[Piece]]:
    line: list[Piece] = []
    used = 0.0
    for piece in _pieces(text, style):
        if line and used + piece.ink > width:
            yield line
            line, used = [], 0.0
        line.append(piece)
        used += piece.advance
    yield line


def _pieces(text: str, style: Style) -> Iterator[Piece]:
    for word, space in PIECES.findall(text):
        path = _family(word)
        font = _font(path, style.size, style.weight)
        shown = "".join(letter for letter in word if ord(letter) in _letters(path))
        ink = font.getlength(shown)
        yield Piece(shown, font, ink, ink + (style.size * SPACE if space else 0.0))


def _reads_leftwards(text: str) -> bool:
    """By its first letter that has a direction."""
    directions = (unicodedata.bidirectional(letter) for letter in text)
    return next((direction in {"R", "AL"} for direction in directions if direction in {"L", "R", "AL"}), False)


def _line_height(style: Style) -> int:
    return round(style.size * LINE)


def _family(word: str) -> str:
    """The path of the first typeface that has all its letters, else of the one that has the most."""
    needed = {ord(letter) for letter in word}
    complete = (path for path in _paths() if needed <= _letters(path))
    return next(complete, None) or max(_paths(), key=lambda path: len(needed & _letters(path)))


@cache
def _paths() -> tuple[str, ...]:
    return (*(str(fontpkg.path(family, nearest=True)) for family in FAMILIES), str(files(CJK[0]) / CJK[1]))


@cache
def _letters(path: str) -> frozenset[int]:
    with TTFont(path, lazy=True) as file:
        return frozenset(file.getBestCmap())


@lru_cache(maxsize=32)
def _font(path: str, size: int, weight: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.truetype(path, size)
    if path == _paths()[0]:
        font.set_variation_by_axes([weight])
    return font

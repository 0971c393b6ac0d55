"""All of a generation on one picture: the thumbnails large, then as small as viewers see them, then the titles."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw

from vision3.lettering import Style, draw_text, text_height

WIDTH = 1440
MARGIN = 48
GAP = 32
COLUMNS = 2
LARGE = ((WIDTH - 2 * MARGIN - GAP) // COLUMNS, (WIDTH - 2 * MARGIN - GAP) // COLUMNS * 9 // 16)
SMALL = (168, 94)
PAPER = "#f6f4ef"
INK = "#1d1c1a"
FADED = "#77736a"

PROMPT = Style(34, 800, INK)
CAPTION = Style(22, 600, INK)
LABEL = Style(18, 600, FADED)
TITLE = Style(28, 600, INK)


@dataclass(frozen=True, slots=True)
class Picture:
    """One thumbnail. data: its file."""

    data: bytes
    headline: str


def contact_sheet(prompt: str, pictures: Sequence[Picture], titles: Sequence[str]) -> bytes:
    """A JPEG. Its height follows from what there is to show."""
    sheet = Sheet()
    sheet.text(prompt, PROMPT)
    for first in range(0, len(pictures), COLUMNS):
        sheet.row(pictures[first : first + COLUMNS])
    if pictures:
        sheet.text(f"As small as viewers see them, {SMALL[0]} × {SMALL[1]}", LABEL)
        sheet.small_row(pictures)
    for number, title in enumerate(titles, start=1):
        sheet.text(f"{number}  {title}", TITLE)
    return sheet.jpeg()


class Sheet:
    """Grows downwards."""

    def __init__(self) -> None:
        self._image = Image.new("RGB", (WIDTH, MARGIN), PAPER)

    def text(self, text: str, style: Style) -> None:
        """A paragraph over the whole width."""
        top = self._grow(text_height(text, style, WIDTH - 2 * MARGIN) + GAP // 2)
        draw_text(self._draw(), (MARGIN, top), text, style, WIDTH - 2 * MARGIN)

    def row(self, pictures: Sequence[Picture]) -> None:
        """Side by side, each with its headline below."""
        caption = max(text_height(picture.headline, CAPTION, LARGE[0]) for picture in pictures)
        top = self._grow(LARGE[1] + GAP // 4 + caption + GAP)
        for column, picture in enumerate(pictures):
            left = MARGIN + column * (LARGE[0] + GAP)
            self._image.paste(_fitted(picture, LARGE), (left, top))
            draw_text(self._draw(), (left, top + LARGE[1] + GAP // 4), picture.headline, CAPTION, LARGE[0])

    def small_row(self, pictures: Sequence[Picture]) -> None:
        """Side by side, as they look in a list."""
        top = self._grow(SMALL[1] + GAP)
        for column, picture in enumerate(pictures):
            self._image.paste(_fitted(picture, SMALL), (MARGIN + column * (SMALL[0] + GAP // 2), top))

    def jpeg(self) -> bytes:
        """The sheet's file."""
        self._grow(MARGIN - GAP // 2)
        file = io.BytesIO()
        self._image.save(file, "JPEG", quality=90, optimize=True)
        return file.getvalue()

    def _draw(self) -> ImageDraw.ImageDraw:
        return ImageDraw.Draw(self._image)

    def _grow(self, height: int) -> int:
        """Adds paper and returns where it begins."""
        top = self._image.height
        grown = Image.new("RGB", (WIDTH, top + height), PAPER)
        grown.paste(self._image)
        self._image = grown
        return top


def _fitted(picture: Picture, size: tuple[int, int]) -> Image.Image:
    with Image.open(io.BytesIO(picture.data)) as image:
        return image.convert("RGB").resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)

"""The contact sheet: everything on one picture, in any script."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageChops, ImageDraw

from vision3.contact_sheet import GAP, LARGE, MARGIN, SMALL, WIDTH, Picture, contact_sheet
from vision3.lettering import Style, draw_text, text_height

COLOURS = ("#aa2222", "#22aa22", "#2222aa", "#aaaa22")


def picture(colour: str) -> Picture:
    file = io.BytesIO()
    Image.new("RGB", (1280, 720), colour).save(file, "PNG")
    return Picture(file.getvalue(), f"headline {colour}")


def opened(sheet: bytes) -> Image.Image:
    return Image.open(io.BytesIO(sheet)).convert("RGB")


def count(image: Image.Image, colour: str) -> int:
    """Pixels of about that colour."""
    difference = ImageChops.difference(image, Image.new("RGB", image.size, colour))
    channels = [channel.point(lambda value: 255 if value < 24 else 0) for channel in difference.split()]
    return ImageChops.darker(ImageChops.darker(channels[0], channels[1]), channels[2]).histogram()[255]


def test_every_picture_is_there_large_and_small() -> None:
    sheet = opened(contact_sheet("a prompt", [picture(colour) for colour in COLOURS], ["one", "two"]))
    assert sheet.width == WIDTH
    for colour in COLOURS:
        assert count(sheet, colour) == pytest.approx(LARGE[0] * LARGE[1] + SMALL[0] * SMALL[1], rel=0.02)


def test_two_pictures_stand_side_by_side() -> None:
    two = opened(contact_sheet("a prompt", [picture(colour) for colour in COLOURS[:2]], []))
    three = opened(contact_sheet("a prompt", [picture(colour) for colour in COLOURS[:3]], []))
    assert three.height - two.height > LARGE[1]
    assert count(two.crop((WIDTH - MARGIN - LARGE[0], 0, WIDTH, two.height)), COLOURS[1]) > LARGE[0] * LARGE[1] * 0.97


def test_titles_alone_make_a_sheet() -> None:
    assert opened(contact_sheet("a prompt", [], ["one", "two", "three"])).height > 3 * GAP


STYLE = Style(28, 600, "#000000")


def ink(text: str, width: int) -> tuple[int, int, int, int]:
    image = Image.new("L", (width + 200, text_height(text, STYLE, width) + 40), 255)
    draw_text(ImageDraw.Draw(image), (0, 0), text, STYLE, width)
    box = ImageChops.invert(image).getbbox()
    assert box is not None
    return box


@pytest.mark.parametrize(
    "text",
    [
        "a title that is a good deal longer than one line can be when lines are short",
        "自宅で作る天然酵母パンの完全ガイド初心者でも失敗しない五つのコツと道具の選び方",
        "रोटी बनाने का सबसे आसान तरीका जो हर कोई कर सकता है",
        "كيف تصنع الخبز في المنزل بدون عجن وبدون فرن كبير",
    ],
)
def test_long_lines_are_broken_within_the_width(text: str) -> None:
    assert ink(text, 400)[2] <= 400
    assert text_height(text, STYLE, 400) > text_height("x", STYLE, 400)


def test_words_that_read_leftwards_begin_on_the_right() -> None:
    """The wide first word takes the right end of the line."""
    image = Image.new("L", (600, 60), 255)
    draw_text(ImageDraw.Draw(image), (0, 0), "هههههههههههه ا", STYLE, 600)
    columns = [x for x in range(600) if image.crop((x, 0, x + 1, 60)).getextrema()[0] != 255]
    gap = max(range(1, len(columns)), key=lambda n: columns[n] - columns[n - 1])
    assert gap < len(columns) / 2


def test_a_letter_that_no_typeface_has_is_left_out() -> None:
    assert ink("bread 😀", 400) == ink("bread", 400)

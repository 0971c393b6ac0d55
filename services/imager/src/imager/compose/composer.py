"""An opened background and a headline in, a thumbnail out."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image, _imaging

from imager.compose.choose import choose
from imager.compose.colour import hexadecimal, palette_colours
from imager.compose.contrast import Contrast
from imager.compose.fit import Box, Line
from imager.compose.highlight import highlighted_word
from imager.compose.ink import Ink, ink
from imager.compose.look import Look
from imager.compose.paint import paint
from imager.compose.place import Placement, main_face, place
from imager.compose.view import View
from imager.compose.words import atoms

JPEG_QUALITY = 88

_imaging.set_blocks_max(64)  # reusing freed memory blocks makes every picture operation about a third faster


@dataclass(frozen=True, slots=True)
class Composed:
    """A finished thumbnail.

    jpeg: 1280x720 sRGB without metadata, under 2 MB. text_layer: what was drawn, as JSON. contrast: WCAG's ratio in the
    worst twentieth around the letters. notes: what was left out and why, for people.
    """

    jpeg: bytes
    width: int
    height: int
    text_layer: dict[str, Any]
    contrast: float
    notes: tuple[str, ...]


def compose(picture: Image.Image, headline: str, *, layout: str, palette: Sequence[str]) -> Composed:
    """Set the headline on the picture, which is painted on in place: it is the caller's to give away.

    picture: 1280x720 RGB, as `open_background` makes it. layout: the half ('left' or 'right') that is calm. palette:
    '#rrggbb' in the order ground, second, accent. Raises HeadlineError; any other text comes out inside the frame and
    readable, on any picture.
    """
    placement, letters = _set(headline, layout)
    look, found = choose(View(picture, letters), palette_colours(palette))
    paint(picture, placement, letters, look)
    return Composed(
        jpeg=_encode(picture),
        width=picture.width,
        height=picture.height,
        text_layer=_text_layer(headline, layout, palette, placement, look, found),
        contrast=round(found.wcag, 2),
        notes=tuple(f"{symbol} was left out: no typeface here has it." for symbol in sorted(placement.left_out)),
    )


def check(headline: str, *, layout: str) -> None:
    """Raises HeadlineError where `compose` would, for those who would have to pay for the picture first."""
    _set(headline, layout)


def _set(headline: str, layout: str) -> tuple[Placement, Ink]:
    placement = place(atoms(headline), layout)
    return placement, ink(placement, highlighted_word(placement.items))


def _encode(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=JPEG_QUALITY)
    return buffer.getvalue()


def _text_layer(
    headline: str, layout: str, palette: Sequence[str], placement: Placement, look: Look, found: Contrast
) -> dict[str, Any]:
    return {
        "text": headline,
        "layout": layout,
        "palette": list(palette),
        "lines": [_line_layer(line, box) for line, box in zip(placement.lines, placement.line_boxes, strict=True)],
        "direction": "rtl" if placement.rtl else "ltr",
        "family": main_face(placement).family,
        "size": max(int(line.size) for line in placement.lines),
        "colour": hexadecimal(look.text),
        "highlight": hexadecimal(look.highlight) if look.highlight else None,
        "effect": look.effect,
        "effect_colour": None if look.effect == "plain" else hexadecimal(look.backing),
        "box": placement.box.rounded(),
        "contrast": {"wcag": round(found.wcag, 2), "lc": round(found.lc, 1)},
    }


def _line_layer(line: Line, box: Box) -> dict[str, Any]:
    words = ((" " if item.atom.spaced else "") + item.atom.text for item in line.items)
    return {"text": "".join(words).strip(), "size": int(line.size), "box": box.rounded()}

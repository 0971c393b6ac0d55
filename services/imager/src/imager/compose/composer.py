"""A background and a headline in, a thumbnail out."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image

from imager.compose.background import open_background
from imager.compose.colour import hexadecimal, palette_colours
from imager.compose.contrast import Colour, Contrast
from imager.compose.highlight import highlighted_word
from imager.compose.ink import Ink, ink
from imager.compose.look import PASS_LC, PASS_WCAG, Look, candidates, highlighted, measured
from imager.compose.paint import paint
from imager.compose.place import Placement, main_face, place
from imager.compose.words import atoms

JPEG_QUALITY = 88


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


def compose(background: bytes, headline: str, *, layout: str, palette: Sequence[str]) -> Composed:
    """Set the headline on the background.

    layout: the half ('left' or 'right') that is calm. palette: '#rrggbb' in the order ground, second, accent.
    Raises BackgroundError or HeadlineError; any other text and picture comes out inside the frame and readable.
    """
    clean = open_background(background)
    placement = place(atoms(headline), layout)
    picture, look, found = _readable(clean, placement, palette_colours(palette))
    return Composed(
        jpeg=_encode(picture),
        width=picture.width,
        height=picture.height,
        text_layer=_text_layer(headline, layout, palette, placement, look, found),
        contrast=round(found.wcag, 2),
        notes=tuple(f"{symbol} was left out: no typeface here has it." for symbol in sorted(placement.left_out)),
    )


def _readable(clean: Image.Image, placement: Placement, palette: Sequence[Colour]) -> tuple[Image.Image, Look, Contrast]:
    """The first look whose measured contrast passes."""
    letters = ink(placement, highlighted_word(placement.items))
    for look in candidates(clean, letters, palette):
        chosen = next(highlighted(look, palette))
        picture = paint(clean, placement, letters, chosen)
        found = measured(picture, letters, chosen)
        if found.reaches(PASS_WCAG, PASS_LC):
            break
    return picture, chosen, found


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
        "lines": [
            {
                "text": "".join((" " if item.space and number else "") + item.atom.text for number, item in enumerate(line.items)),
                "size": int(line.size),
                "box": [round(edge) for edge in (box.left, box.top, box.right, box.bottom)],
            }
            for line, box in zip(placement.lines, placement.line_boxes, strict=True)
        ],
        "family": main_face(placement).family,
        "size": max(int(line.size) for line in placement.lines),
        "colour": hexadecimal(look.text),
        "highlight": hexadecimal(look.highlight) if look.highlight else None,
        "effect": look.effect,
        "effect_colour": None if look.effect == "plain" else hexadecimal(look.backing),
        "box": [round(edge) for edge in (placement.box.left, placement.box.top, placement.box.right, placement.box.bottom)],
        "direction": "rtl" if placement.rtl else "ltr",
        "contrast": {"wcag": round(found.wcag, 2), "lc": round(found.lc, 1)},
    }

"""The look carried out: scrim, panel, outline, letters, emoji."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from imager.compose.contrast import Colour
from imager.compose.ink import Ink, draw_emoji
from imager.compose.look import Look
from imager.compose.place import Placement
from imager.decoding.background import HEIGHT, WIDTH

PANEL_PAD, MAX_PANEL_PAD = 0.16, 24
"""Around the ink: in em of the smallest line, at most so many pixels."""
SCRIM_MARGIN, SCRIM_FADE = 20, 420
"""Pixels beside the letters that a scrim covers fully, and then over which it ends."""


def paint(picture: Image.Image, placement: Placement, ink: Ink, look: Look) -> None:
    """The headline on the picture, in place."""
    if look.effect == "scrim":
        _scrim(picture, placement, look)
    if look.effect == "panel":
        _panel(picture, placement, look)
    if look.outlined:
        picture.paste(look.backing, ink.area, ink.outline)
    for colour, mask in zip((look.text, look.highlight or look.text), ink.masks, strict=False):
        _paste(picture, colour, ink, mask)
    draw_emoji(picture, placement)


def _paste(picture: Image.Image, colour: Colour, ink: Ink, mask: Image.Image) -> None:
    """Only where there is ink: pasting costs by the pixel."""
    box = mask.getbbox()
    if box is not None:
        left, top = ink.area[:2]
        picture.paste(colour, (left + box[0], top + box[1]), mask.crop(box))


def _scrim(picture: Image.Image, placement: Placement, look: Look) -> None:
    """Full strength from the frame's nearer side to beyond the letters, then fading out."""
    box, beyond = placement.box, SCRIM_MARGIN + SCRIM_FADE
    if box.left < WIDTH - box.right:
        picture.paste(look.backing, (0, 0), _shade(int(box.right) + beyond, look.strength))
    else:
        reach = WIDTH - int(box.left) + beyond
        shade = _shade(reach, look.strength).transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        picture.paste(look.backing, (WIDTH - reach, 0), shade)


def _shade(reach: int, strength: float) -> Image.Image:
    ending = np.clip((reach - np.arange(reach)) / SCRIM_FADE, 0, 1)
    row = 255 * strength * ending**2 * (3 - 2 * ending)
    return Image.fromarray(np.broadcast_to(row.astype(np.uint8), (HEIGHT, reach)).copy())


def _panel(picture: Image.Image, placement: Placement, look: Look) -> None:
    """A label behind each line, touching one another."""
    draw = ImageDraw.Draw(picture)
    pad = min(PANEL_PAD * min(line.size for line in placement.lines), MAX_PANEL_PAD)
    for box in placement.line_boxes:
        draw.rectangle((box.left - pad, box.top - pad, box.right + pad, box.bottom + pad), fill=look.backing)

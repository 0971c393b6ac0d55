"""The look carried out: scrim, panel, outline, letters, emoji."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw

from imager.compose.background import HEIGHT, WIDTH
from imager.compose.ink import Ink, draw_emoji, outline
from imager.compose.look import Look
from imager.compose.place import Placement

PANEL_PAD = 0.16
"""Around each line's ink, in em."""
SCRIM_FADE = 300
"""Pixels over which a scrim ends beside the letters."""


def paint(background: Image.Image, placement: Placement, ink: Ink, look: Look) -> Image.Image:
    """A new picture: the background with the headline on it."""
    picture = background.copy()
    if look.effect == "scrim":
        _scrim(picture, placement, look)
    if look.effect == "panel":
        _panel(picture, placement, look)
    if look.effect in ("outline", "scrim"):
        picture.paste(look.backing, ink.origin, outline(placement, ink.origin, ink.letters.size))
    picture.paste(look.text, ink.origin, ink.letters)
    if ink.highlight is not None:
        picture.paste(look.highlight or look.text, ink.origin, ink.highlight)
    draw_emoji(picture, placement)
    return picture


def _scrim(picture: Image.Image, placement: Placement, look: Look) -> None:
    box = placement.box
    left = 0 if box.left < WIDTH - box.right else int(box.left) - 24
    right = WIDTH if left else int(box.right) + 24
    picture.paste(look.backing, (0, 0), _shade(left // 8 * 8, -(-right // 8) * 8, round(look.strength * 255)))


@lru_cache(maxsize=32)
def _shade(left: int, right: int, strength: int) -> Image.Image:
    """Full strength from left to right, fading out beyond."""
    stops = [left - SCRIM_FADE, left, right, right + SCRIM_FADE]
    row = np.interp(np.arange(WIDTH), stops, [0, strength, strength, 0])
    return Image.fromarray(np.broadcast_to(row.astype(np.uint8), (HEIGHT, WIDTH)).copy())


def _panel(picture: Image.Image, placement: Placement, look: Look) -> None:
    """A label behind each line, touching one another."""
    draw = ImageDraw.Draw(picture)
    for line, box in zip(placement.lines, placement.line_boxes, strict=True):
        pad = PANEL_PAD * line.size
        draw.rectangle((box.left - pad, box.top - pad, box.right + pad, box.bottom + pad), fill=look.backing)

"""Backgrounds to compose on, and QUALITY's measurements taken from finished pixels only."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from imager.compose import Composed, compose, open_background

Array = npt.NDArray[Any]

WIDTH, HEIGHT = 1280, 720
PALETTE = ("#14213d", "#e63946", "#ffb703")


def gradient(left: tuple[int, int, int], right: tuple[int, int, int]) -> Array:
    share = np.linspace(0, 1, WIDTH)[None, :, None]
    return np.broadcast_to(np.array(left) * (1 - share) + np.array(right) * share, (HEIGHT, WIDTH, 3))


def stripes(one: tuple[int, int, int], other: tuple[int, int, int], width: int = 48) -> Array:
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    return np.where(((x + y) // width % 2)[..., None], np.array(one), np.array(other))


def blotches(across: int) -> Array:
    """Colours without order, of about the given number from left to right: a photo's worst case."""
    levels = np.random.default_rng(across).integers(0, 256, (across * 9 // 16, across, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(levels).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC))


BACKGROUNDS: dict[str, Array] = {
    "dark": gradient((12, 18, 40), (70, 30, 90)),
    "light": gradient((250, 240, 220), (255, 190, 120)),
    "middling": gradient((90, 140, 120), (140, 120, 150)),
    "red": gradient((200, 30, 40), (240, 80, 60)),
    "grey": gradient((120, 120, 120), (136, 136, 136)),
    "yellow stripes": stripes((250, 200, 40), (240, 170, 20)),
    "zebra": stripes((255, 255, 255), (0, 0, 0)),
    "white noise": np.random.default_rng(7).integers(0, 256, (HEIGHT, WIDTH, 3)),
    "blotches": blotches(21),
    "fine blotches": blotches(160),
}


def png(pixels: Array, **options: Any) -> bytes:
    return encoded(Image.fromarray(pixels.astype(np.uint8)), "PNG", compress_level=1, **options)


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def pixels(data: bytes) -> Array:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)


DARK = png(BACKGROUNDS["dark"])


def thumbnail(
    headline: str, background: bytes = DARK, *, layout: str = "left", palette: tuple[str, ...] = PALETTE
) -> Composed:
    return compose(open_background(background), headline, layout=layout, palette=palette)


@dataclass(frozen=True)
class Finished:
    """A thumbnail with the picture that it was made from, both as pixels."""

    composed: Composed
    final: Array
    clean: Array

    @property
    def colours(self) -> list[str]:
        layer = self.composed.text_layer
        return [layer["colour"], *([layer["highlight"]] if layer["highlight"] else [])]

    def letters(self, colour: str) -> Array:
        """Where the text's colour stands in the lines' boxes, specks of a noisy picture removed."""
        wanted = np.array(list(bytes.fromhex(colour[1:])))
        like = abs(self.final - wanted).max(axis=2) < 48
        inside = np.zeros_like(like)
        for left, top, right, bottom in (line["box"] for line in self.composed.text_layer["lines"]):
            inside[top:bottom, left:right] = like[top:bottom, left:right]
        opened = Image.fromarray(inside.astype(np.uint8) * 255).filter(ImageFilter.MinFilter(3))
        return np.asarray(opened.filter(ImageFilter.MaxFilter(5))) > 127

    def ink(self) -> Array:
        found: Array = np.logical_or.reduce([self.letters(colour) for colour in self.colours])
        return found


def finish(name: str, headline: str, layout: str = "left", palette: tuple[str, ...] = PALETTE) -> Finished:
    background = png(BACKGROUNDS[name])
    composed = thumbnail(headline, background, layout=layout, palette=palette)
    return Finished(composed, pixels(composed.jpeg), pixels(background))


def worst_contrast(finished: Finished) -> tuple[float, float]:
    """WCAG's ratio and APCA's Lc in the worst 5 % of the ring round each colour's letters, at 320x180."""
    small = np.asarray(Image.fromarray(finished.final.astype(np.uint8)).resize((320, 180), Image.Resampling.LANCZOS))
    ratios, lightnesses = [], []
    for colour in finished.colours:
        around = small[_ring(finished.letters(colour))]
        text = np.array([list(bytes.fromhex(colour[1:]))])
        ratios.append(float(np.quantile(_wcag(text, around), 0.05)))
        lightnesses.append(float(np.quantile(_apca(text, around), 0.05)))
    return min(ratios), min(lightnesses)


def _ring(letters: Array) -> Array:
    mask = Image.fromarray(letters.astype(np.uint8) * 255).resize((320, 180), Image.Resampling.BOX)
    inside = mask.point(lambda level: 255 if level > 25 else 0)
    return (np.asarray(inside.filter(ImageFilter.MaxFilter(3))) > 0) & (np.asarray(inside) == 0)


def _wcag(text: Array, around: Array) -> Array:
    def luminance(colours: Array) -> Array:
        levels = colours / 255
        linear = np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)
        return linear @ np.array([0.2126, 0.7152, 0.0722]) + 0.05

    front, back = luminance(text), luminance(around)
    return np.maximum(front, back) / np.minimum(front, back)


def _apca(text: Array, around: Array) -> Array:
    def screen_luminance(colours: Array) -> Array:
        y = ((colours / 255) ** 2.4) @ np.array([0.2126729, 0.7151522, 0.0721750])
        return np.where(y < 0.022, y + np.clip(0.022 - y, 0, None) ** 1.414, y)

    front, back = screen_luminance(text), screen_luminance(around)
    normal, reverse = (back**0.56 - front**0.57) * 1.14, (back**0.65 - front**0.62) * 1.14
    return np.where(back > front, np.maximum(normal - 0.027, 0), np.maximum(-reverse - 0.027, 0)) * 100


def line_rows(finished: Finished) -> list[tuple[int, int]]:
    """First and last row of each stretch of rows that hold ink."""
    rows = np.flatnonzero(finished.ink().any(axis=1))
    breaks = np.flatnonzero(np.diff(rows) > 1)
    return list(zip(rows[np.r_[0, breaks + 1]], rows[np.r_[breaks, len(rows) - 1]], strict=True))


def core_height(ink: Array) -> float:
    """Of the rows with at least 45 % of the densest row's ink, in pixels at 168x94."""
    rows = ink.sum(axis=1)
    return float((rows >= 0.45 * rows.max()).sum() * 94 / HEIGHT)


def stem(ink: Array) -> float:
    """The usual width of a stroke, in pixels at 168x94: the lower quartile of the runs of ink in all rows."""
    edges = np.diff(np.pad(ink.astype(int), ((0, 0), (1, 1))), axis=1)
    runs = np.argwhere(edges == -1)[:, 1] - np.argwhere(edges == 1)[:, 1]
    return float(np.quantile(runs, 0.25) * 168 / WIDTH)

"""Soft masks and small operations on masks (mode L) that the styles share."""

from __future__ import annotations

from functools import cache

import numpy as np
from PIL import Image, ImageChops, ImageFilter

SIZE = WIDTH, HEIGHT = 1344, 768

_COARSE = 4
"""Blurs run on a picture this many times smaller: what is soft needs no more pixels."""


def blurred(mask: Image.Image, radius: float) -> Image.Image:
    """The mask, softened by `radius` pixels."""
    small = mask.reduce(_COARSE).filter(ImageFilter.GaussianBlur(radius / _COARSE))
    return small.resize(mask.size, Image.Resampling.BILINEAR)


def faded(mask: Image.Image, strength: float) -> Image.Image:
    """The mask times `strength` (0..1)."""
    return mask.point([round(v * strength) for v in range(256)])


def moved(mask: Image.Image, right: int, down: int) -> Image.Image:
    """The mask, shifted; what comes in from outside is empty."""
    shifted = Image.new("L", mask.size)
    shifted.paste(mask, (right, down))
    return shifted


def grown(mask: Image.Image, by: float) -> Image.Image:
    """The mask, `by` pixels larger on every side, with round corners (a blur cut low: far cheaper than MaxFilter)."""
    soft = mask.filter(ImageFilter.GaussianBlur(by / 1.5))
    start, steep = 14, 9
    return ImageChops.lighter(mask, soft.point([max(0, min(255, (v - start) * steep)) for v in range(256)]))


@cache
def ramp(start: float, end: float) -> Image.Image:
    """Full size: 0 left of x = `start`, 255 right of x = `end` (fractions of the width), smooth between."""
    across = np.clip((np.arange(WIDTH) / WIDTH - start) / (end - start), 0, 1)
    eased = across * across * (3 - 2 * across)
    return Image.fromarray(np.broadcast_to((eased * 255).astype(np.uint8), (HEIGHT, WIDTH)).copy())


@cache
def fall(start: float, end: float) -> Image.Image:
    """Full size: 0 above y = `start`, 255 below y = `end` (fractions of the height), smooth between."""
    down = np.clip((np.arange(HEIGHT) / HEIGHT - start) / (end - start), 0, 1)
    eased = down * down * (3 - 2 * down)
    return Image.fromarray(np.broadcast_to((eased * 255).astype(np.uint8)[:, None], (HEIGHT, WIDTH)).copy())


@cache
def glow(x: int, y: int, radius: int, squeeze: float = 1.0) -> Image.Image:
    """Full size: 255 at (x, y), falling softly to 0 at `radius` pixels; `squeeze` < 1 flattens it."""
    step = 4
    xs = (np.arange(0, WIDTH, step, dtype=np.float32) - x) / radius
    ys = (np.arange(0, HEIGHT, step, dtype=np.float32)[:, None] - y) / (radius * squeeze)
    near = np.clip(1 - np.sqrt(xs * xs + ys * ys), 0, 1)
    soft = near * near * (3 - 2 * near)
    return Image.fromarray((soft * 255).astype(np.uint8)).resize(SIZE, Image.Resampling.BICUBIC)


@cache
def grain() -> Image.Image:
    """Full size, RGB: fine noise round middle grey, the same in all channels. It hides the steps of soft gradients."""
    noise = np.random.default_rng(7).normal(128, 2.2, (HEIGHT, WIDTH)).clip(120, 136).astype(np.uint8)
    return Image.merge("RGB", [Image.fromarray(noise)] * 3)

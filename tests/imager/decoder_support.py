"""Children of a decoder, seen from outside, and pictures as large as they may be."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from imager.compose import BackgroundError
from imager.decoding.decoder import Decoder
from tests.imager.test_compose_support import encoded

Make = Callable[..., Decoder]
SIZE = (5936, 3339)
"""Just under 20 million pixels."""


def workers(pid: int) -> set[int]:
    """The children that decode for this process."""
    return {child for child in _children(pid) if b"imager.decoding.worker" in _command_line(child)}


def _children(pid: int) -> Iterator[int]:
    for listed in Path(f"/proc/{pid}/task").glob("*/children"):
        yield from (int(child) for child in listed.read_text().split())


def _command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


async def until(condition: Callable[[], bool], within_s: float = 30.0) -> None:
    async with asyncio.timeout(within_s):
        while not condition():
            await asyncio.sleep(0.01)


async def new_worker(known: set[int]) -> int:
    await until(lambda: bool(workers(os.getpid()) - known))
    return next(iter(workers(os.getpid()) - known))


async def new_busy_worker(known: set[int]) -> int:
    """One that is in the middle of a large picture."""
    worker = await new_worker(known)
    await until(lambda: resident_bytes(worker) > 40 * 2**20)
    return worker


def resident_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def refusal(decoder: Decoder, data: bytes) -> BackgroundError:
    with pytest.raises(BackgroundError) as refused:
        await decoder.open(data)
    return refused.value


@cache
def large(kind: str) -> bytes:
    """Lying on its side, with alpha and with a profile that is not sRGB, wherever the kind has that."""
    return LARGE[kind](Image.linear_gradient("L").resize(SIZE).convert("RGB"))


LARGE: dict[str, Callable[[Image.Image], bytes]] = {
    "JPEG": lambda image: encoded(image, "JPEG", progressive=True, icc_profile=profile(), exif=sideways()),
    "CMYK JPEG": lambda image: encoded(image.convert("CMYK"), "JPEG", progressive=True, exif=sideways()),
    "PNG of 16 bits": lambda image: encoded(of_16_bits(image), "PNG", compress_level=1),
    "RGBA PNG": lambda image: encoded(
        see_through(image), "PNG", compress_level=1, icc_profile=profile(), exif=sideways()
    ),
    "WEBP": lambda image: encoded(
        see_through(image), "WEBP", quality=50, method=0, icc_profile=profile(), exif=sideways()
    ),
}


def profile() -> bytes:
    """sRGB under a name by which nobody takes it for that."""
    data = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return data.replace(b"sRGB", b"mine").replace("sRGB".encode("utf-16-be"), "mine".encode("utf-16-be"))


def sideways() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


def of_16_bits(image: Image.Image) -> Image.Image:
    return Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257)


def see_through(image: Image.Image) -> Image.Image:
    image.putalpha(200)
    return image

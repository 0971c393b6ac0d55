"""Bytes that nobody vouches for: each bad kind has its code, each odd but good one becomes an sRGB picture."""

from __future__ import annotations

import io
import struct
import zlib
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from common.errors import Permanent
from imager.compose import BackgroundError, open_background
from tests.imager.test_compose_support import BACKGROUNDS, encoded, pixels, png, thumbnail

PICTURE = Image.fromarray(BACKGROUNDS["blotches"].astype(np.uint8))
JPEG = encoded(PICTURE, "JPEG", quality=90)
PNG = encoded(PICTURE, "PNG", compress_level=1)
RED = Image.fromarray(BACKGROUNDS["red"].astype(np.uint8))
WEBP = encoded(PICTURE, "WEBP", quality=80)


def png_header(width: int, height: int, rows: bytes = b"") -> bytes:
    """A PNG whose header promises any size, however few bytes follow."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


BAD = {
    "empty": (b"", "background_not_an_image"),
    "text": (b"<html>quota exceeded</html>", "background_not_an_image"),
    "a format that is not allowed": (encoded(PICTURE, "BMP"), "background_not_an_image"),
    "an animation format": (encoded(PICTURE, "GIF"), "background_not_an_image"),
    "half a JPEG": (JPEG[: len(JPEG) // 2], "background_truncated"),
    "almost a whole JPEG": (JPEG[: len(JPEG) - 2000], "background_truncated"),
    "half a PNG": (PNG[: len(PNG) // 2], "background_truncated"),
    "half a WEBP": (WEBP[: len(WEBP) // 2], "background_truncated"),
    "a PNG of a header alone": (png_header(4000, 4000), "background_truncated"),
    "all black": (encoded(Image.new("RGB", (1280, 720)), "PNG"), "background_blank"),
    "one colour": (encoded(Image.new("RGB", (1280, 720), "#3366aa"), "JPEG"), "background_blank"),
    "transparent all over": (encoded(Image.new("RGBA", (1280, 720), (9, 9, 9, 0)), "PNG"), "background_blank"),
    "over 20 megapixels": (png_header(5000, 4001), "background_too_large"),
    "over the bomb warning": (png_header(12_000, 12_000), "background_too_large"),
    "over the bomb error": (png_header(30_000, 30_000), "background_too_large"),
    "too small": (encoded(PICTURE.resize((320, 180)), "PNG"), "background_too_small"),
    "a strip": (encoded(PICTURE.resize((4000, 700)), "JPEG"), "background_wrong_shape"),
    "a column": (encoded(PICTURE.resize((700, 2000)), "JPEG"), "background_wrong_shape"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_background_is_refused_for_good_with_its_code(name: str):
    data, code = BAD[name]
    with pytest.raises(BackgroundError) as refused:
        open_background(data)
    assert refused.value.code == code
    assert isinstance(refused.value, Permanent)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from([JPEG[:60_000], PNG[:60_000], WEBP[:60_000]]), st.data())
def test_damaged_bytes_are_refused_or_used_but_never_crash(data: bytes, draw: st.DataObject):
    damaged = bytearray(data)
    for _ in range(8):
        damaged[draw.draw(st.integers(0, min(len(data), 2000) - 1))] = draw.draw(st.integers(0, 255))
    with suppress(BackgroundError):
        open_background(bytes(damaged))


GOOD = {
    "grey": encoded(PICTURE.convert("L"), "JPEG"),
    "grey of 16 bits": encoded(Image.fromarray(np.asarray(PICTURE.convert("L")).astype(np.uint16) * 257), "PNG"),
    "a palette": encoded(PICTURE.quantize(64), "PNG"),
    "grey with alpha": encoded(PICTURE.convert("LA"), "PNG"),
    "alpha": encoded(PICTURE.convert("RGBA"), "WEBP"),
    "CMYK": encoded(PICTURE.convert("CMYK"), "JPEG"),
    "square": encoded(PICTURE.resize((1024, 1024)), "JPEG"),
    "small": encoded(PICTURE.resize((640, 360)), "PNG"),
    "large": encoded(PICTURE.resize((5000, 2813)), "JPEG", quality=60),
}


@pytest.mark.parametrize("name", GOOD)
def test_an_odd_but_good_background_becomes_a_thumbnail(name: str):
    composed = thumbnail("Hi", GOOD[name])
    image = Image.open(io.BytesIO(composed.jpeg))
    assert (image.size, image.mode) == ((1280, 720), "RGB")
    right_half = pixels(composed.jpeg)[:, 900:]
    assert right_half.std() > 20


def test_16_bits_keep_their_brightness():
    composed = thumbnail("Hi", GOOD["grey of 16 bits"])
    expected = np.asarray(PICTURE.convert("L")).astype(int)[:, 1200:].mean()
    assert abs(pixels(composed.jpeg)[:, 1200:].mean() - expected) < 6


def test_a_picture_lying_on_its_side_is_turned_upright():
    exif = Image.Exif()
    exif[0x0112] = 6
    sideways = encoded(PICTURE.transpose(Image.Transpose.ROTATE_90), "JPEG", quality=95, exif=exif)
    composed = thumbnail("Hi", sideways)
    upright = np.asarray(PICTURE).astype(int)[:, 1200:]
    assert abs(pixels(composed.jpeg)[:, 1200:] - upright).mean() < 12


def swapped_profile() -> bytes:
    """sRGB with its red and blue primaries exchanged: a profile that nobody can take for sRGB."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    renamed = profile.replace(b"sRGB", b"swap").replace("sRGB".encode("utf-16-be"), "swap".encode("utf-16-be"))
    return renamed.replace(b"rXYZ", b"????").replace(b"bXYZ", b"rXYZ").replace(b"????", b"bXYZ")


def test_a_colour_profile_is_converted_to_srgb():
    def beside_the_text(**options: bytes) -> np.ndarray:
        return pixels(thumbnail("Hi", encoded(RED, "PNG", **options)).jpeg)[:, 1200:]

    untagged, broken = beside_the_text(), beside_the_text(icc_profile=b"junk" * 40)
    swapped = beside_the_text(icc_profile=swapped_profile())
    assert abs(broken - untagged).mean() < 1
    assert untagged[..., 0].mean() > untagged[..., 2].mean() + 60
    assert swapped[..., 2].mean() > swapped[..., 0].mean() + 60


def test_a_little_too_large_is_trimmed_so_that_no_pixel_is_resampled():
    marked = np.asarray(PICTURE.resize((1344, 768))).copy()
    marked[:, ::2] = 200
    marked[:, 1::2] = 90
    marked[:200] = 30
    sharp = pixels(thumbnail("Hi", png(marked)).jpeg)[500:, 1000:1010]
    assert np.ptp(sharp.mean(axis=(0, 2))) > 60


def test_much_too_large_is_scaled_to_cover_all_of_it():
    edged = np.asarray(PICTURE.resize((2560, 1440))).copy()
    edged[:, -40:] = 255
    assert pixels(thumbnail("Hi", png(edged)).jpeg)[300:, -15:].mean() > 250

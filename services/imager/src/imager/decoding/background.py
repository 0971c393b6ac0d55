"""Bytes that nobody vouches for in, 1280x720 RGB pixels without metadata out."""

from __future__ import annotations

import io
import warnings

from PIL import Image, ImageCms, ImageFile, ImageOps, ImageStat

from imager.decoding.errors import BackgroundError

WIDTH, HEIGHT = 1280, 720
SIGNATURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF")
MAX_PIXELS = 20_000_000
MIN_WIDTH, MIN_HEIGHT = 640, 360
MIN_ASPECT, MAX_ASPECT = 0.5, 4.0
SRGB_NAMES = (b"sRGB", "sRGB".encode("utf-16-be"))
"""In the descriptions of profiles that need no conversion."""
BLANK_RANGE = 10
"""The least difference between the darkest and the brightest 16x16 block of a channel, of 255."""
MAX_TRIM = 0.065
"""A picture at most this much too large is trimmed at 1:1: resampling it costs 9 ms and sharpness."""

warnings.simplefilter("error", Image.DecompressionBombWarning)
_SRGB = ImageCms.createProfile("sRGB")


def open_background(background: bytes) -> Image.Image:
    """The picture cropped to cover 1280x720, in sRGB. Raises BackgroundError.

    Bounds neither time nor memory, and may crash: `Decoder.open` has it done elsewhere.
    """
    try:
        return _opened(background)
    except MemoryError as error:
        raise BackgroundError("background_too_large", "Decoding the picture takes too much memory.") from error


def _opened(background: bytes) -> Image.Image:
    image = _identify(background)
    _check_shape(image)
    picture = _cover(_decode(image))
    _check_not_blank(picture)
    picture.info.clear()  # Pillow would write a JPEG's comment into the thumbnail
    return picture


def _identify(background: bytes) -> ImageFile.ImageFile:
    try:
        return Image.open(io.BytesIO(background), formats=("JPEG", "PNG", "WEBP"))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise BackgroundError("background_too_large", "The picture has far too many pixels.") from error
    except MemoryError:
        raise
    except Exception as error:  # a parser of hostile bytes may raise anything, and all of it means the same
        if background.startswith(SIGNATURES):
            raise BackgroundError("background_truncated", "The picture is cut off or damaged.") from error
        raise BackgroundError("background_not_an_image", "The bytes are no JPEG, PNG or WEBP picture.") from error


def _check_shape(image: Image.Image) -> None:
    """From the header alone, before any pixel is decoded."""
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise BackgroundError("background_too_large", f"{width}x{height} pixels are more than 20 million.")
    if not MIN_ASPECT <= width / height <= MAX_ASPECT:
        raise BackgroundError("background_wrong_shape", f"{width}x{height} can't be cropped to 16:9 sensibly.")
    if width < MIN_WIDTH or height < MIN_HEIGHT:
        raise BackgroundError("background_too_small", f"{width}x{height} is smaller than {MIN_WIDTH}x{MIN_HEIGHT}.")


def _decode(image: ImageFile.ImageFile) -> Image.Image:
    try:
        image.load()
        profile = image.info.get("icc_profile")
        ImageOps.exif_transpose(image, in_place=True)
    except MemoryError:
        raise
    except Exception as error:  # as above: decoders raise OSError, SyntaxError, struct.error, zlib.error ...
        raise BackgroundError("background_truncated", "The picture is cut off or damaged.") from error
    return _to_srgb(_to_8_bits(image), profile)


def _to_8_bits(image: Image.Image) -> Image.Image:
    """L, RGB or CMYK, whatever came; transparency stands on white."""
    if image.mode.startswith("I") or image.mode == "F":
        return image.convert("I").point(lambda value: value / 256).convert("L")
    if image.has_transparency_data:
        sheet = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(sheet, image.convert("RGBA")).convert("RGB")
    return image if image.mode in ("L", "RGB", "CMYK") else image.convert("RGB")


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    if profile and not any(name in profile for name in SRGB_NAMES):
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(image, source, _SRGB, outputMode="RGB")
        except (ImageCms.PyCMSError, OSError):
            converted = None  # a broken or foreign profile: the numbers as they stand are the best guess
        if converted is not None:
            return converted
    return image if image.mode == "RGB" else image.convert("RGB")


def _cover(image: Image.Image) -> Image.Image:
    """The largest centred 16:9 part at 1280x720."""
    width, height = image.size
    scale = min(width / WIDTH, height / HEIGHT)
    if 1 <= scale <= 1 / (1 - MAX_TRIM):
        scale = 1
    left, top = (width - WIDTH * scale) / 2, (height - HEIGHT * scale) / 2
    if scale == 1:
        return image.crop((int(left), int(top), int(left) + WIDTH, int(top) + HEIGHT))
    box = (left, top, left + WIDTH * scale, top + HEIGHT * scale)
    return image.resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR, box)


def _check_not_blank(picture: Image.Image) -> None:
    """Without numpy, which would add half to a child's memory."""
    if max(high - low for low, high in ImageStat.Stat(picture.reduce(16)).extrema) < BLANK_RANGE:
        raise BackgroundError("background_blank", "The picture is of one single colour.")

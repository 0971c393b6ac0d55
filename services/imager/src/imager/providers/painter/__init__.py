"""Backgrounds painted by program: a brief in, a JPEG out, the same for the same seed."""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageOps

from imager.providers.base import Brief
from imager.providers.painter.palette import harmonize
from imager.providers.painter.scene import Dice, Scene
from imager.providers.painter.styles import STYLES, style_for
from imager.providers.painter.topics import subject_of

_QUALITY = 92


def paint(brief: Brief) -> tuple[bytes, str]:
    """The picture as JPEG (RGB, 1344x768) and the name of its style."""
    style = style_for(brief.position, brief.seed).__name__
    return encode(render(brief, style)), style


def render(brief: Brief, style: str) -> Image.Image:
    """The picture in a style of one's choice: RGB, 1344x768, `brief.layout` being its calm half."""
    mirrored = brief.layout == "right"
    subject = subject_of(brief.description, brief.position)
    scene = Scene(harmonize(brief.palette, brief.mood), subject, brief.mood, mirrored, Dice(brief.seed))
    STYLES[style](scene)
    return ImageOps.mirror(scene.picture) if mirrored else scene.picture


def encode(picture: Image.Image) -> bytes:
    """JPEG without chroma subsampling: flat colours keep their edges through the next encoding."""
    out = BytesIO()
    picture.save(out, "JPEG", quality=_QUALITY, subsampling=0)
    return out.getvalue()

"""What the imager needs of its machine: this one, which need not be the imager's."""

from __future__ import annotations

from collections.abc import AsyncIterator

from PIL import features

from imager.compose.fonts import emoji_face
from vision3.doctor.findings import Finding, ok, warning
from vision3.doctor.subject import Subject


async def check(_subject: Subject) -> AsyncIterator[Finding]:
    if features.check("raqm") and features.check("fribidi"):
        yield ok("right-to-left headlines", "FriBiDi is there")
    else:
        yield warning("right-to-left headlines", "Arabic and Hebrew are refused here: install libfribidi0")
    if emoji_face() is not None:
        yield ok("emoji in headlines", "there is a typeface")
    else:
        yield warning("emoji in headlines", "they are left out here: install fonts-noto-color-emoji")

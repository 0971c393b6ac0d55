"""All image providers by name: a new one is one file and one line here."""

from __future__ import annotations

from collections.abc import Callable

from imager.providers.base import ImageProvider
from imager.providers.local import LocalPainter

PROVIDERS: dict[str, Callable[[], ImageProvider]] = {
    "local": LocalPainter,
}

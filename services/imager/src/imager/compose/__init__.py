"""The headline on the picture: bytes in, bytes out, no I/O, safe in threads."""

from imager.compose.composer import Composed, compose
from imager.compose.errors import BackgroundError, HeadlineError

__all__ = ["BackgroundError", "Composed", "HeadlineError", "compose"]

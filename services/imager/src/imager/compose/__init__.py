"""The headline on the picture: an opened picture in, bytes out, no I/O, safe in threads."""

from imager.compose.composer import Composed, check, compose
from imager.compose.errors import HeadlineError
from imager.decoding.background import open_background
from imager.decoding.errors import BackgroundError

__all__ = ["BackgroundError", "Composed", "HeadlineError", "check", "compose", "open_background"]

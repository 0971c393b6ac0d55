"""What is refused for good: the bytes will be the same next time."""

from __future__ import annotations

from common.errors import Permanent


class BackgroundError(Permanent):
    """The background can't be used.

    Codes: background_not_an_image, background_truncated, background_blank, background_too_large,
    background_too_small, background_wrong_shape, background_too_slow, background_undecodable.
    """

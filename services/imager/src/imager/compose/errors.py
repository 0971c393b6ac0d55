"""What compose() refuses, for good: the bytes or the words will be the same next time."""

from __future__ import annotations

from common.errors import Permanent


class BackgroundError(Permanent):
    """The background can't be used.

    Codes: background_not_an_image, background_truncated, background_blank, background_too_large,
    background_too_small, background_wrong_shape.
    """


class HeadlineError(Permanent):
    """The headline can't be set as it should look. Code: headline_not_settable."""

    def __init__(self, detail: str) -> None:
        super().__init__("headline_not_settable", detail)

"""What compose() refuses, for good: the words will be the same next time."""

from __future__ import annotations

from common.errors import Permanent


class HeadlineError(Permanent):
    """The headline can't be set as it should look. Code: headline_not_settable."""

    def __init__(self, detail: str) -> None:
        super().__init__("headline_not_settable", detail)

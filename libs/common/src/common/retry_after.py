"""For how long another side asks to be left alone, from what it says. What makes no sense counts as nothing."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST_S = 60.0
"""Whatever is asked for beyond that is not waited for."""
ABSURD_S = 86_400.0
"""More than a day is a mistake, or a lie."""

_DURATION = re.compile(r"(\d{1,12}(?:\.\d{1,9})?)s", re.ASCII)


def asked_s(headers: Mapping[str, str]) -> float | None:
    """Seconds from `retry-after-ms`, or from `Retry-After` in seconds or as a date; None without either."""
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return bounded(milliseconds / 1000)
    asked = headers.get("retry-after")
    seconds = _number(asked)
    return bounded(seconds if seconds is not None else _until(asked))


def duration_s(text: object) -> float | None:
    """Of a protobuf duration as JSON has it: "37s", "1.5s"."""
    match = _DURATION.fullmatch(text) if isinstance(text, str) else None
    return bounded(float(match[1])) if match else None


def bounded(seconds: float | None) -> float | None:
    """LONGEST_S at the most; None for what is negative or absurd."""
    if seconds is None or not 0 <= seconds <= ABSURD_S:
        return None
    return min(seconds, LONGEST_S)


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _until(date: str | None) -> float | None:
    try:
        until = parsedate_to_datetime(date or "")
    except ValueError:
        return None
    return (until.replace(tzinfo=until.tzinfo or UTC) - datetime.now(UTC)).total_seconds()

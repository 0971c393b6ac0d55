"""So many calls in any minute, and no more: the starts of the last minute's calls say when the next may begin."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

MINUTE = timedelta(seconds=62)
"""The vendor's minute, and what may lie between a start that is noted here and the call's arrival there: a commit, a
connection, a busy processor."""


def next_start(starts: Sequence[datetime], per_minute: int, now: datetime) -> datetime:
    """The earliest time at which another call may begin. starts: the oldest first; the last ones may lie ahead."""
    if len(starts) < per_minute:
        return now
    return max(now, starts[-per_minute] + MINUTE)


def with_start(starts: Sequence[datetime], start: datetime, now: datetime) -> tuple[datetime, ...]:
    """That call noted, and those forgotten that no minute shares with a later one."""
    return (*(earlier for earlier in starts if earlier > now - MINUTE), start)

"""Never more calls in a minute than the quota, whenever they come."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from vendors.quota import MINUTE, next_start, with_start

START = datetime(2026, 1, 1, tzinfo=UTC)


@given(
    st.integers(1, 12),
    st.lists(st.floats(0, 40, allow_nan=False).map(lambda seconds: timedelta(seconds=seconds)), max_size=60),
)
def test_no_minute_holds_more_than_the_quota_and_none_waits_without_need(per_minute: int, gaps: list[timedelta]):
    now = START
    starts: tuple[datetime, ...] = ()
    all_starts: list[datetime] = []
    for gap in gaps:
        now += gap
        start = next_start(starts, per_minute, now)
        assert start >= now
        if start > now:
            assert sum(start - MINUTE <= earlier < start for earlier in all_starts) == per_minute
        starts = with_start(starts, start, now)
        all_starts.append(start)
    for end in all_starts:
        assert sum(end - MINUTE < start <= end for start in all_starts) <= per_minute


def test_what_no_later_minute_can_hold_is_forgotten():
    middle, now = START + MINUTE / 2, START + MINUTE + timedelta(seconds=1)
    assert with_start((START, middle), now, now) == (middle, now)

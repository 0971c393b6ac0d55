"""Token buckets in memory, by a clock that the test sets."""

from __future__ import annotations

import pytest

from gateway import buckets
from gateway.buckets import Buckets


class Clock:
    now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(buckets, "time", clock)
    return clock


def taken(of: Buckets, caller: str, times: int) -> list[bool]:
    return [of.take(caller) == 0 for _ in range(times)]


def test_a_burst_is_a_minutes_worth_and_then_tokens_come_evenly(clock: Clock):
    sixty = Buckets(60)
    assert taken(sixty, "a", 61) == [True] * 60 + [False]
    assert sixty.take("a") == pytest.approx(1.0)
    clock.now += 0.5
    assert sixty.take("a") == pytest.approx(0.5)
    clock.now += 0.5
    assert taken(sixty, "a", 2) == [True, False]
    clock.now += 3600
    assert taken(sixty, "a", 61) == [True] * 60 + [False]


def test_callers_do_not_share(clock: Clock):
    one = Buckets(1)
    assert [one.take("a") == 0, one.take("b") == 0, one.take("a") == 0] == [True, True, False]


def test_the_full_are_forgotten_first_and_who_has_to_wait_is_not(clock: Clock):
    few = Buckets(2, callers_most=10)
    for n in range(8):
        few.take(f"idle {n}")
    clock.now += 60
    assert taken(few, "busy", 2) == [True, True]
    few.take("one more")
    few.take("and one")
    assert few.take("busy") > 0
    assert len(few._buckets) == 3


def test_a_flood_of_callers_never_fills_the_memory(clock: Clock):
    few = Buckets(2, callers_most=10)
    assert all(few.take(f"caller {n}") == 0 for n in range(1000))
    assert len(few._buckets) <= 10

"""What a vendor's row says about the next call, beside its quota and its breaker alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from vendors.breaker import FAILURES, FIRST_OPEN, Breaker
from vendors.quota import MINUTE
from vendors.state import SPARE_MOST, State

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PATIENCE, CALL = timedelta(seconds=5), timedelta(seconds=30)


def opened() -> Breaker:
    breaker = Breaker()
    for _ in range(FAILURES):
        breaker = breaker.failed(NOW, "provider_unavailable")
    return breaker


def test_no_more_than_so_many_second_tries_are_saved_up():
    state = State()
    for _ in range(200):
        state, _ = state.begun(NOW, per_minute=1_000, patience=PATIENCE, longest=CALL)
    assert state.spare == SPARE_MOST


def test_a_vendor_that_is_shut_is_given_no_second_try():
    assert State(spare=SPARE_MOST).with_second_try() == State(spare=SPARE_MOST - 1)
    assert State(spare=SPARE_MOST, breaker=opened()).with_second_try() is None


def test_who_looks_after_waiting_for_the_quota_has_a_calls_time_all_the_same():
    later = NOW + FIRST_OPEN
    state = State(starts=(later - MINUTE + timedelta(seconds=3),), breaker=opened())
    state, start = state.begun(later, per_minute=1, patience=PATIENCE, longest=CALL)
    assert start == later + timedelta(seconds=3)
    assert state.breaker.probe_until == start + CALL

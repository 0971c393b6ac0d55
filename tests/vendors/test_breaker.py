"""When a vendor is called, and when it is left alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from vendors.breaker import FAILURES, FIRST_OPEN, LONGEST_OPEN, Breaker

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CALL = timedelta(seconds=30)


def s(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def failed(times: int, at: datetime = NOW, breaker: Breaker | None = None) -> Breaker:
    breaker = breaker or Breaker()
    for _ in range(times):
        breaker = breaker.failed(at, "provider_unavailable")
    return breaker


def test_it_opens_after_so_many_failures_in_a_row():
    assert failed(FAILURES - 1).blocked_until(NOW) is None
    assert failed(FAILURES).blocked_until(NOW) == NOW + FIRST_OPEN


def test_one_answer_in_between_begins_the_count_anew():
    assert failed(FAILURES - 1, breaker=failed(FAILURES - 1).answered(NOW)).blocked_until(NOW) is None


def test_half_open_lets_one_look_and_the_others_wait_until_it_should_be_back():
    half = failed(FAILURES)
    later = NOW + FIRST_OPEN
    assert half.blocked_until(later) is None
    looking = half.begun(later, CALL)
    assert looking.blocked_until(later) == later + CALL
    assert looking.blocked_until(later + CALL) is None  # whoever looked has died


def test_who_looks_and_finds_it_working_closes_it_for_all():
    looking = failed(FAILURES).begun(s(5), CALL)
    assert looking.answered(s(7)) == Breaker()


def test_who_looks_and_finds_it_down_opens_it_for_longer_and_longer():
    breaker, at = failed(FAILURES), NOW
    lasted = []
    for _ in range(5):
        assert breaker.open_until is not None
        lasted.append(breaker.open_until - at)
        at = breaker.open_until
        breaker = breaker.begun(at, CALL).failed(at, "provider_timeout")
    assert lasted[:3] == [FIRST_OPEN, FIRST_OPEN * 2, FIRST_OPEN * 4]
    assert lasted[-1] == LONGEST_OPEN


def test_failures_of_calls_that_were_under_way_do_not_open_it_for_longer():
    opened = failed(FAILURES)
    assert failed(20, at=s(1), breaker=opened).open_until == opened.open_until


def test_a_vendor_that_asks_to_be_left_alone_is_and_an_earlier_calls_answer_changes_nothing():
    paused = Breaker().paused(NOW, timedelta(seconds=20), "provider_busy")
    assert paused.blocked_until(s(19)) == s(20)
    assert paused.answered(s(1)).blocked_until(s(19)) == s(20)
    assert paused.paused(s(1), timedelta(seconds=3), "provider_busy").blocked_until(s(2)) == s(20)
    assert paused.blocked_until(s(20)) is None


def test_after_a_pause_that_it_asked_for_all_may_call_again():
    assert Breaker().paused(NOW, timedelta(seconds=20), "provider_busy").begun(s(21), CALL) == Breaker()


def test_a_late_failure_after_such_a_pause_is_one_failure():
    late = Breaker().paused(NOW, timedelta(seconds=20), "provider_busy").failed(s(21), "provider_timeout")
    assert late.blocked_until(s(22)) is None


def test_a_pause_that_an_earlier_call_brings_does_not_make_what_is_final_pass():
    final = Breaker().paused(NOW, timedelta(seconds=20), "provider_key_refused", final=True)
    assert final.paused(s(1), timedelta(seconds=60), "provider_busy") == final


def test_after_one_until_somebody_acts_one_looks_first():
    looking = Breaker().paused(NOW, timedelta(seconds=20), "provider_key_refused", final=True).begun(s(21), CALL)
    assert looking.blocked_until(s(22)) == s(51)
    assert looking.answered(s(23)) == Breaker()


@pytest.mark.parametrize("final", [True, False])
def test_why_it_is_shut_is_known_to_all(final: bool):
    shut = Breaker().paused(NOW, CALL, "provider_key_refused", final=final)
    assert (shut.code, shut.final) == ("provider_key_refused", final)

"""The tier that subscriptions give at a time, and until when."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from billing.tiers import FREE, Standing, Status, Subscription, standing

NOW = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
GRACE = 7 * DAY


@pytest.mark.parametrize("status", ["on_trial", "active", "past_due"])
def test_what_runs_gives_its_tier_with_an_open_end(status: Status):
    assert standing([Subscription("starter", status)], NOW, GRACE) == Standing("starter")


@pytest.mark.parametrize("status", ["paused", "unpaid", "expired"])
def test_what_does_not_run_gives_none(status: Status):
    assert standing([Subscription("pro", status, ends_at=NOW + DAY)], NOW, GRACE) == FREE


def test_a_cancelled_one_keeps_its_tier_until_its_end():
    assert standing([Subscription("pro", "cancelled", NOW + DAY)], NOW, GRACE) == Standing("pro", NOW + DAY)
    assert standing([Subscription("pro", "cancelled", NOW)], NOW, GRACE) == FREE
    assert standing([Subscription("pro", "cancelled")], NOW, GRACE) == FREE


@pytest.mark.parametrize("status", ["on_trial", "active", "past_due"])
def test_an_unpaid_one_keeps_its_tier_for_the_days_of_grace(status: Status):
    failing = Subscription("pro", status, failing_since=NOW - DAY)
    assert standing([failing], NOW, GRACE) == Standing("pro", NOW + 6 * DAY)
    assert standing([failing], NOW + 6 * DAY, GRACE) == FREE
    assert standing([failing], NOW, timedelta(0)) == FREE


def test_whichever_of_end_and_grace_is_first_holds():
    for ends, until in ((NOW + DAY, NOW + DAY), (NOW + 30 * DAY, NOW + 7 * DAY)):
        assert standing([Subscription("pro", "cancelled", ends, NOW)], NOW, GRACE).until == until


def test_nothing_gives_nothing():
    assert standing([], NOW, GRACE) == FREE


def test_of_several_the_best_holds_and_of_equals_the_longer_in_whatever_order():
    several = [
        Subscription("starter", "active"),
        Subscription("pro", "expired"),
        Subscription("pro", "cancelled", NOW + DAY),
        Subscription("pro", "cancelled", NOW + 2 * DAY),
    ]
    for order in itertools.permutations(several):
        assert standing(order, NOW, GRACE) == Standing("pro", NOW + 2 * DAY)
        assert standing(order, NOW + 2 * DAY, GRACE) == Standing("starter")

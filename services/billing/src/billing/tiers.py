"""A user's tier: what all of their subscriptions give at a time, and until when. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Status = Literal["on_trial", "active", "paused", "past_due", "unpaid", "cancelled", "expired"]
"""In the order of a subscription's life: of two that come with one time, the later one here holds."""

Tier = Literal["free", "starter", "pro"]

WORTH: tuple[Tier, ...] = ("free", "starter", "pro")


@dataclass(frozen=True, slots=True)
class Subscription:
    """`failing_since`: when the payment failed that has not been made up for; None while all is paid."""

    tier: Tier
    status: Status
    ends_at: datetime | None = None
    failing_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """A tier, and when it ends unless something happens; `until` None: time alone does not end it."""

    tier: Tier
    until: datetime | None = None


FREE = Standing("free")


def standing(subscriptions: Iterable[Subscription], now: datetime, grace: timedelta) -> Standing:
    """The best tier that is valid now."""
    valid = [given for one in subscriptions if (given := _given(one, grace)).until is None or given.until > now]
    return max(valid, key=_worth, default=FREE)


def _given(subscription: Subscription, grace: timedelta) -> Standing:
    ends = []
    if subscription.failing_since is not None:
        ends.append(subscription.failing_since + grace)
    match subscription.status:
        case "on_trial" | "active" | "past_due":
            pass  # not until renews_at: that the webhook of a renewal was lost must not cost a payer their tier
        case "cancelled" if subscription.ends_at is not None:
            ends.append(subscription.ends_at)
        case _:
            return FREE
    return Standing(subscription.tier, min(ends, default=None))


def _worth(given: Standing) -> tuple[int, bool, float]:
    """Of two of one tier, the one that lasts longer."""
    return WORTH.index(given.tier), given.until is None, given.until.timestamp() if given.until else 0.0

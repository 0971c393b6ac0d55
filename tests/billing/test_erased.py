"""Webhooks that come late, for users who were erased or asked to be: nothing is given to them any more."""

from __future__ import annotations

from uuid import UUID

import asyncpg
import pytest

from tests.billing.conftest import Happens, account, told
from tests.support.lemonsqueezy import (
    from_now,
    order_created,
    payment,
    payment_refunded,
    subscription_event,
)

ERASED = ("erased_at", "erase_requested_at")


async def erase(owner: asyncpg.Connection, column: str) -> None:
    await owner.execute(f"update users set {column} = now()")


@pytest.mark.parametrize("column", ERASED)
@pytest.mark.parametrize(
    "what", ["order_created", "payment_success", "payment_failed", "subscription_updated", "subscription_created"]
)
async def test_a_late_event_is_kept_as_unmatched_and_gives_nothing(
    happens: Happens, owner: asyncpg.Connection, buyer: UUID, column: str, what: str
):
    await happens(subscription_event("created", buyer))
    await erase(owner, column)
    event = {
        "order_created": order_created(buyer),
        "payment_success": payment("success", buyer),
        "payment_failed": payment("failed", buyer),
        "subscription_updated": subscription_event("updated", buyer, updated_at=from_now()),
        "subscription_created": subscription_event("created", buyer, subscription_id="70002"),
    }[what]
    before = await told(owner)
    row = await happens(event)
    assert row["outcome"] == "unmatched"
    assert str(buyer) not in row["error"]
    assert await account(owner, buyer) == ("starter", 20)
    assert await told(owner) == before


async def test_money_given_back_to_one_who_left_takes_the_credits_along(
    happens: Happens, owner: asyncpg.Connection, buyer: UUID
):
    await happens(subscription_event("created", buyer))
    await happens(payment("success", buyer))
    await erase(owner, "erased_at")
    assert (await happens(payment_refunded(buyer)))["outcome"] == "applied"
    assert (await account(owner, buyer))[1] == 20

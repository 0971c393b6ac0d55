"""What comes before that which it needs: it waits, costs no attempt, and is never lost."""

from __future__ import annotations

import itertools
import random
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from billing import use_cases
from billing.worker import Worker
from common.db import Database
from tests.billing.conftest import Happens, account
from tests.support.lemonsqueezy import (
    SUBSCRIPTION_VARIANT,
    order_created,
    order_refunded,
    payment,
    payment_refunded,
    subscription_event,
    to_bytes,
)

LOOK = """
select event_name, outcome, attempts, waits_for, error, extract(epoch from next_attempt_at - now())::float8 as wait
from webhook_events where event_name = $1
"""
SUCCESS = "subscription_payment_success"

BEFORE = {
    "a payment before its subscription": (payment("success"), "subscription:70001"),
    "a failure before its subscription": (payment("failed"), "subscription:70001"),
    "a refund before its payment": (payment_refunded(), "invoice:50001"),
    "a refund before its order": (order_refunded(), "order:90001"),
    "a refund before its first order": (
        order_refunded(order_id="90002", variant_id=SUBSCRIPTION_VARIANT),
        "order:90002",
    ),
}


@pytest.mark.parametrize(("event", "waits_for"), BEFORE.values(), ids=BEFORE)
async def test_it_waits_for_what_it_needs(
    happens: Happens, owner: asyncpg.Connection, buyer: UUID, event: dict[str, Any], waits_for: str
):
    row = await happens(event)
    assert (row["outcome"], row["attempts"], row["waits_for"]) == (None, 0, waits_for)
    assert row["error"] == f"{waits_for} is not known yet"
    assert await account(owner, buyer) == ("free", 20)


async def test_a_payment_that_came_first_is_worked_on_as_soon_as_its_subscription_is_known(
    happens: Happens, owner: asyncpg.Connection, buyer: UUID
):
    await happens(payment("success", buyer))
    await happens(subscription_event("created", buyer))
    assert await account(owner, buyer) == ("starter", 220)
    row = await owner.fetchrow(LOOK, SUCCESS)
    assert (row["outcome"], row["attempts"], row["waits_for"], row["error"]) == ("applied", 0, None, None)


async def test_another_subscription_wakes_nobody(happens: Happens, owner: asyncpg.Connection, buyer: UUID):
    await happens(payment("success", buyer))
    await happens(subscription_event("created", buyer, subscription_id="70002"))
    assert (await owner.fetchrow(LOOK, SUCCESS))["wait"] > 5


async def test_it_is_tried_rarer_and_rarer_and_never_exhausted(
    happens: Happens, worker: Worker, owner: asyncpg.Connection, buyer: UUID
):
    await happens(payment("success", buyer))
    waits = []
    for seconds in (0, 12, 60, 150, 1000, 3500):
        await owner.execute(
            "update webhook_events set next_attempt_at = now(), received_at = now() - make_interval(secs => $1)",
            seconds,
        )
        await worker.drain()
        waits.append((await owner.fetchrow(LOOK, SUCCESS))["wait"])
    assert waits == pytest.approx([10, 12, 60, 150, 300, 300], abs=3)
    row = await owner.fetchrow(LOOK, SUCCESS)
    assert (row["outcome"], row["attempts"]) == (None, 0)


async def give_up(worker: Worker, owner: asyncpg.Connection) -> None:
    await owner.execute(
        "update webhook_events set next_attempt_at = now(), received_at = now() - $1::interval where outcome is null",
        use_cases.WAIT_IN_ALL,
    )
    await worker.drain()


@pytest.mark.parametrize(("event", "waits_for"), BEFORE.values(), ids=BEFORE)
async def test_after_an_hour_it_is_kept_as_unmatched(
    happens: Happens,
    worker: Worker,
    owner: asyncpg.Connection,
    buyer: UUID,
    event: dict[str, Any],
    waits_for: str,
):
    await happens(event)
    await give_up(worker, owner)
    row = await owner.fetchrow("select * from webhook_events")
    assert (row["outcome"], row["error"], row["body"]) == (
        "unmatched",
        f"{waits_for} is not known yet",
        to_bytes(event),
    )
    await worker.drain()
    assert await account(owner, buyer) == ("free", 20)


async def test_what_was_given_up_comes_back_when_it_is_known_after_all(
    happens: Happens, worker: Worker, owner: asyncpg.Connection, buyer: UUID
):
    await happens(payment_refunded(refunded_amount=950))
    await happens(payment("success", buyer))
    await give_up(worker, owner)
    assert {row["outcome"] for row in await owner.fetch("select outcome from webhook_events")} == {"unmatched"}
    await happens(subscription_event("created", buyer))
    assert await account(owner, buyer) == ("starter", 120)
    assert {row["outcome"] for row in await owner.fetch("select outcome from webhook_events")} == {"applied"}


async def test_a_refund_of_a_payment_that_only_failed_waits_until_it_is_paid(
    happens: Happens, owner: asyncpg.Connection, buyer: UUID
):
    await happens(subscription_event("created", buyer))
    await happens(payment("failed", buyer))
    assert (await happens(payment_refunded(buyer)))["outcome"] is None
    await happens(payment("recovered", buyer))
    assert await owner.fetchval("select sum(amount) from credit_entries where kind in ('plan', 'clawback')") == 0
    assert await owner.fetchval("select count(*) from credit_entries where kind = 'clawback'") == 1


async def test_an_event_whose_body_is_gone_is_not_woken(
    happens: Happens, worker: Worker, owner: asyncpg.Connection, buyer: UUID
):
    await happens(payment("success", buyer))
    await give_up(worker, owner)
    await owner.execute("update webhook_events set body = null")
    await happens(subscription_event("created", buyer))
    assert (await owner.fetchrow(LOOK, SUCCESS))["outcome"] == "unmatched"


STORY = [
    subscription_event("created", "USER"),
    payment("success", "USER"),
    payment_refunded("USER", refunded_amount=190),
    order_created("USER"),
    order_refunded("USER"),
]


@pytest.mark.parametrize("order", random.Random(1).sample(list(itertools.permutations(range(5))), 30))
async def test_a_whole_story_told_in_any_order_and_twice_ends_alike(
    db: Database, happens: Happens, owner: asyncpg.Connection, buyer: UUID, order: tuple[int, ...]
):
    for copy, place in itertools.product("ab", order):
        event = STORY[place]
        event["meta"] |= {"custom_data": {"user_id": str(buyer)}, "webhook_id": copy}
        await happens(event)
    assert await account(owner, buyer) == ("starter", 20 + 180)
    assert await owner.fetchval("select count(*) from webhook_events where outcome is null") == 0

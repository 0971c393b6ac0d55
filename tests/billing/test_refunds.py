"""Refunds: the part of the credits that the money was for, each credit once, and never more than there are."""

from __future__ import annotations

import asyncio
import itertools
from uuid import UUID

import asyncpg
import pytest

from billing.worker import Worker
from common.db import Database
from common.ids import uuid7
from common.outbox import Outbox
from tests.billing.conftest import SHOP, Happens, account, told
from tests.billing.test_worker import deliver
from tests.support.lemonsqueezy import (
    SUBSCRIPTION_VARIANT,
    order_created,
    order_refunded,
    payment,
    payment_refunded,
    subscription_event,
    to_bytes,
)

CLAWBACKS = "select reference, amount, note from credit_entries where kind = 'clawback' order by id"


@pytest.fixture
async def pack(happens: Happens, buyer: UUID) -> UUID:
    """A buyer with 20 credits and 50 of a pack."""
    await happens(order_created(buyer))
    return buyer


@pytest.fixture
async def subscriber(happens: Happens, buyer: UUID) -> UUID:
    """With 20 credits and 200 of a plan."""
    await happens(subscription_event("created", buyer))
    await happens(payment("success", buyer))
    return buyer


async def spend(owner: asyncpg.Connection, user_id: UUID, amount: int) -> None:
    await owner.execute("select append_entry($1, $2, $3, 'adjustment', 'spent', null, null)", uuid7(), user_id, -amount)


async def test_a_refunded_pack_is_taken_back_and_told_of(happens: Happens, owner: asyncpg.Connection, pack: UUID):
    row = await happens(order_refunded(pack))
    assert (row["outcome"], row["error"]) == ("applied", None)
    assert await account(owner, pack) == ("free", 20)
    assert [tuple(r) for r in await owner.fetch(CLAWBACKS)] == [("clawback:order:90001:999", -50, None)]
    assert await told(owner) == 2


async def test_a_refunded_payment_takes_the_plans_credits_and_leaves_the_tier(
    happens: Happens, owner: asyncpg.Connection, subscriber: UUID
):
    await happens(payment_refunded(subscriber))
    assert await account(owner, subscriber) == ("starter", 20)


async def test_parts_are_taken_in_proportion_to_all_that_was_refunded(
    happens: Happens, owner: asyncpg.Connection, subscriber: UUID
):
    for cents, left in ((190, 200), (950, 120), (951, 120), (1900, 20)):
        await happens(payment_refunded(subscriber, refunded_amount=cents))
        assert await account(owner, subscriber) == ("starter", left)


async def test_the_same_refund_twice_takes_once(happens: Happens, owner: asyncpg.Connection, pack: UUID):
    for copy, outcome in (("a", "applied"), ("b", "ignored")):
        row = await happens(order_refunded(pack, refunded_amount=500, webhook_id=copy))
        assert row["outcome"] == outcome
    assert await account(owner, pack) == ("free", 45)


@pytest.mark.parametrize("order", list(itertools.permutations((300, 600, 999))))
async def test_refunds_in_any_order_take_what_the_largest_is_for(
    happens: Happens, owner: asyncpg.Connection, pack: UUID, order: tuple[int, ...]
):
    for cents in order:
        await happens(order_refunded(pack, refunded_amount=cents))
    assert await account(owner, pack) == ("free", 20)


async def test_a_refund_larger_than_the_purchase_takes_no_more_than_the_purchase(
    happens: Happens, owner: asyncpg.Connection, pack: UUID
):
    await happens(order_refunded(pack, refunded_amount=10**12, status="partial_refund"))
    assert await account(owner, pack) == ("free", 20)


async def test_a_refund_that_names_no_amount_is_of_the_whole(happens: Happens, owner: asyncpg.Connection, pack: UUID):
    await happens(order_refunded(pack, refunded_amount=0, status="refunded"))
    assert await account(owner, pack) == ("free", 20)


async def test_what_was_spent_stays_spent_and_is_noted(happens: Happens, owner: asyncpg.Connection, pack: UUID):
    await spend(owner, pack, 60)
    row = await happens(order_refunded(pack))
    assert (row["outcome"], row["error"]) == ("applied", "40 credits were spent already")
    assert await account(owner, pack) == ("free", 0)
    assert await owner.fetchval("select credits_short from purchases") == 40
    assert (await owner.fetchrow(CLAWBACKS))["note"] == "40 more were spent already"


async def test_a_repeat_does_not_fetch_what_was_short(happens: Happens, owner: asyncpg.Connection, pack: UUID):
    await spend(owner, pack, 70)
    await happens(order_refunded(pack))
    assert await owner.fetch(CLAWBACKS) == []
    await happens(order_created(pack, order_id="90009"))
    await happens(order_refunded(pack, webhook_id="again"))
    assert await account(owner, pack) == ("free", 50)


async def test_fifty_refunds_in_parallel_take_once(db: Database, owner: asyncpg.Connection, pack: UUID):
    amounts = itertools.cycle((100, 400, 999, 700))
    await deliver(
        db, *(to_bytes(order_refunded(pack, refunded_amount=next(amounts), webhook_id=str(n))) for n in range(50))
    )
    await asyncio.gather(*(Worker(db, Outbox("vision3/billing"), SHOP).drain() for _ in range(20)))
    assert await account(owner, pack) == ("free", 20)
    assert await owner.fetchval("select count(*) from webhook_events where processed_at is null or attempts > 0") == 0


@pytest.mark.parametrize("order", [0, 1])
async def test_the_refund_of_a_subscriptions_first_order_is_that_of_its_invoice(
    happens: Happens, owner: asyncpg.Connection, subscriber: UUID, order: int
):
    """The vendor may tell of it as either, or as both."""
    both = [
        order_refunded(subscriber, order_id="90002", variant_id=SUBSCRIPTION_VARIANT, total=1900, refunded_amount=950),
        payment_refunded(subscriber, refunded_amount=950),
    ]
    for event in (both[order], both[1 - order]):
        await happens(event)
        assert await account(owner, subscriber) == ("starter", 120)


async def test_the_first_orders_refund_is_not_that_of_a_renewal(
    happens: Happens, owner: asyncpg.Connection, subscriber: UUID
):
    await happens(payment("success", subscriber, invoice_id="50002", billing_reason="renewal"))
    await happens(order_refunded(subscriber, order_id="90002", variant_id=SUBSCRIPTION_VARIANT))
    rows = await owner.fetch(CLAWBACKS)
    assert [row["reference"] for row in rows] == ["clawback:invoice:50001:999"]


async def test_a_refund_of_what_brought_no_credits_takes_none(
    happens: Happens, owner: asyncpg.Connection, subscriber: UUID
):
    await happens(payment("success", subscriber, invoice_id="50002", billing_reason="updated"))
    assert (await happens(payment_refunded(subscriber, invoice_id="50002")))["outcome"] == "ignored"
    assert await account(owner, subscriber) == ("starter", 220)


async def test_a_refund_of_something_else_is_ignored(happens: Happens, owner: asyncpg.Connection, pack: UUID):
    row = await happens(order_refunded(pack, order_id="777", variant_id=9999))
    assert (row["outcome"], row["error"]) == ("ignored", "variant 9999 is not sold here")


async def test_a_pack_that_is_sold_no_more_can_be_refunded(happens: Happens, owner: asyncpg.Connection, pack: UUID):
    await happens(order_refunded(pack, variant_id=9999))
    assert await account(owner, pack) == ("free", 20)


@pytest.mark.parametrize("event", [order_refunded, payment_refunded])
@pytest.mark.parametrize("amount", [-1, "all", None, 2**63, 1.5])
async def test_an_amount_that_makes_no_sense_is_refused(
    happens: Happens, owner: asyncpg.Connection, pack: UUID, event: object, amount: object
):
    body = (order_refunded if event is order_refunded else payment_refunded)(pack)
    body["data"]["attributes"]["refunded_amount"] = amount
    assert (await happens(body))["outcome"] == "refused"
    assert await account(owner, pack) == ("free", 70)

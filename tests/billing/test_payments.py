"""Payments of subscriptions: the plan's credits once for an invoice, and grace for one that fails."""

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
from tests.support.lemonsqueezy import PRO_VARIANT, TRIAL_VARIANT, from_now, payment, subscription_event, to_bytes
from tests.support.transactions import one_transaction_wrote


@pytest.fixture
async def subscriber(happens: Happens, buyer: UUID) -> UUID:
    """With 20 credits and a starter subscription, of which something was heard yesterday."""
    await happens(subscription_event("created", buyer))
    await happens(subscription_event("updated", buyer, updated_at=from_now(days=-1)))
    return buyer


async def entries(owner: asyncpg.Connection) -> list[tuple[str, str, int]]:
    rows = await owner.fetch("select kind, reference, amount from credit_entries where kind <> 'signup' order by id")
    return [tuple(row) for row in rows]


async def test_a_paid_period_brings_the_plans_credits_and_tells_of_it(
    happens: Happens, owner: asyncpg.Connection, subscriber: UUID
):
    before = await told(owner)
    row = await happens(payment("success", subscriber))
    assert (row["outcome"], row["error"]) == ("applied", None)
    assert await account(owner, subscriber) == ("starter", 220)
    assert await entries(owner) == [("plan", "invoice:50001", 200)]
    assert await told(owner) == before + 1
    granted = "credit_entries where kind = 'plan'"
    assert await one_transaction_wrote(owner, granted, "purchases", "webhook_events where outcome = 'applied' "
        "and event_name like '%payment%'")  # fmt: skip


async def test_credits_accumulate(happens: Happens, owner: asyncpg.Connection, subscriber: UUID):
    await happens(payment("success", subscriber))
    for invoice in ("50002", "50003"):
        await happens(payment("success", subscriber, invoice_id=invoice, billing_reason="renewal"))
    assert await account(owner, subscriber) == ("starter", 620)


@pytest.mark.parametrize("order", [("success", "recovered"), ("recovered", "success")])
async def test_success_and_recovered_on_one_invoice_grant_once(
    happens: Happens, owner: asyncpg.Connection, subscriber: UUID, order: tuple[str, str]
):
    outcomes = [(await happens(payment(what, subscriber, billing_reason="renewal")))["outcome"] for what in order]
    assert outcomes == ["applied", "ignored"]
    assert await account(owner, subscriber) == ("starter", 220)


@pytest.mark.parametrize("reason", ["updated", "of tomorrow", ""])
async def test_an_invoice_that_begins_no_period_brings_no_credits(
    happens: Happens, owner: asyncpg.Connection, subscriber: UUID, reason: str
):
    assert (await happens(payment("success", subscriber, billing_reason=reason)))["outcome"] == "ignored"
    assert await account(owner, subscriber) == ("starter", 20)


async def test_toggling_plans_farms_no_credits(happens: Happens, owner: asyncpg.Connection, subscriber: UUID):
    await happens(payment("success", subscriber))
    for turn in range(6):
        at, variant = from_now(minutes=turn), PRO_VARIANT if turn % 2 == 0 else 2001
        for event in ("plan_changed", "updated"):
            await happens(subscription_event(event, subscriber, variant_id=variant, updated_at=at))
        await happens(payment("success", subscriber, invoice_id=f"6000{turn}", billing_reason="updated"))
    assert await account(owner, subscriber) == ("starter", 220)


async def test_an_invoice_of_nothing_grants_only_where_the_plan_says_so(
    happens: Happens, owner: asyncpg.Connection, subscriber: UUID
):
    assert (await happens(payment("success", subscriber, total=0)))["outcome"] == "ignored"
    later = from_now()
    await happens(subscription_event("updated", subscriber, variant_id=TRIAL_VARIANT, updated_at=later))
    of_now = payment("success", subscriber, invoice_id="50002", billing_reason="renewal", total=0, created_at=later)
    assert (await happens(of_now))["outcome"] == "applied"
    assert await account(owner, subscriber) == ("starter", 220)


@pytest.mark.parametrize("status", ["pending", "void", "refunded", "partial_refunded", "a\x00b"])
async def test_an_invoice_that_is_not_paid_brings_nothing(
    happens: Happens, owner: asyncpg.Connection, subscriber: UUID, status: str
):
    assert (await happens(payment("success", subscriber, status=status)))["outcome"] == "ignored"
    assert await account(owner, subscriber) == ("starter", 20)


@pytest.mark.parametrize(
    "custom_data",
    [None, [], {}, {"user_id": 7}, {"user_id": "'; drop table users; --"}, {"user_id": str(uuid7())}],
)
async def test_an_invoice_need_not_name_the_user(
    happens: Happens, owner: asyncpg.Connection, subscriber: UUID, custom_data: object
):
    await happens(payment("success", custom_data=custom_data))
    assert await account(owner, subscriber) == ("starter", 220)


async def test_a_plan_that_is_sold_no_more_leaves_its_payment_unmatched(
    db: Database, happens: Happens, owner: asyncpg.Connection, subscriber: UUID
):
    await owner.execute("update plan_history set variant_id = 9999")
    row = await happens(payment("success", subscriber))
    assert (row["outcome"], row["error"]) == ("unmatched", "variant 9999 is no plan here")
    assert await account(owner, subscriber) == ("starter", 20)


@pytest.mark.parametrize(
    "changes", [{"total": -1}, {"total": "much"}, {"subscription_id": "x"}, {"status": None}, {"updated_at": None}]
)
@pytest.mark.parametrize("what", ["success", "failed"])
async def test_a_payment_that_makes_no_sense_is_refused(
    happens: Happens, owner: asyncpg.Connection, subscriber: UUID, what: str, changes: dict[str, object]
):
    assert (await happens(payment(what, subscriber, **changes)))["outcome"] == "refused"
    assert await account(owner, subscriber) == ("starter", 20)


async def test_fifty_copies_in_parallel_grant_once(db: Database, owner: asyncpg.Connection, subscriber: UUID):
    whats = itertools.cycle(("success", "recovered"))
    await deliver(db, *(to_bytes(payment(next(whats), subscriber, webhook_id=str(copy))) for copy in range(50)))
    await asyncio.gather(*(Worker(db, Outbox("vision3/billing"), SHOP).drain() for _ in range(20)))
    assert await account(owner, subscriber) == ("starter", 220)
    assert await owner.fetchval("select count(*) from webhook_events where processed_at is null or attempts > 0") == 0


async def test_a_year_old_payment_that_is_replayed_grants_nothing(
    happens: Happens, owner: asyncpg.Connection, subscriber: UUID
):
    old = payment("success", subscriber, updated_at=from_now(days=-365))
    await happens(old)
    await owner.execute(
        "update webhook_events set received_at = now() - interval '1 year', body_digest = id::text::bytea"
    )
    assert (await happens(old))["outcome"] == "ignored"
    assert await account(owner, subscriber) == ("starter", 220)


# Grace


async def failing(owner: asyncpg.Connection, user_id: UUID) -> bool:
    return await owner.fetchval("select tier_until is not null from users where id = $1", user_id)


async def test_a_failed_payment_leaves_the_tier_for_the_days_of_grace(
    happens: Happens, owner: asyncpg.Connection, subscriber: UUID
):
    row = await happens(payment("failed", subscriber, updated_at=from_now(days=-1)))
    assert row["outcome"] == "applied"
    assert await account(owner, subscriber) == ("starter", 20)
    days = "select extract(epoch from tier_until - now()) / 86400 from users"
    assert 5.9 < await owner.fetchval(days) < 6.1


async def test_more_failures_do_not_prolong_the_grace(happens: Happens, owner: asyncpg.Connection, subscriber: UUID):
    for days in (-3, -5, -1):
        await happens(payment("failed", subscriber, updated_at=from_now(days=days)))
    await happens(subscription_event("updated", status="past_due", updated_at=from_now(hours=-1)))
    assert 1.9 < await owner.fetchval("select extract(epoch from tier_until - now()) / 86400 from users") < 2.1


async def test_after_the_grace_the_user_is_free_until_it_is_paid(
    happens: Happens, owner: asyncpg.Connection, subscriber: UUID
):
    await happens(payment("failed", subscriber, billing_reason="renewal", updated_at=from_now(days=-8)))
    assert await account(owner, subscriber) == ("free", 20)
    await happens(payment("recovered", subscriber, billing_reason="renewal", updated_at=from_now()))
    assert await account(owner, subscriber) == ("starter", 220)


@pytest.mark.parametrize("reason", ["renewal", "updated"])
async def test_a_later_payment_ends_the_trouble_of_an_earlier_invoice(
    happens: Happens, owner: asyncpg.Connection, subscriber: UUID, reason: str
):
    await happens(payment("failed", subscriber, updated_at=from_now(days=-8)))
    await happens(
        payment("success", subscriber, invoice_id="50002", billing_reason=reason, updated_at=from_now(days=-7))
    )
    assert (await account(owner, subscriber))[0] == "starter"
    assert not await failing(owner, subscriber)


TROUBLE = [
    payment("failed", invoice_id="1", billing_reason="renewal", updated_at=from_now(days=-60)),
    payment("recovered", invoice_id="1", billing_reason="renewal", updated_at=from_now(days=-58)),
    payment("success", invoice_id="2", billing_reason="renewal", updated_at=from_now(days=-30)),
    payment("failed", invoice_id="3", billing_reason="renewal", updated_at=from_now(days=-2)),
]


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
async def test_failures_and_payments_in_any_order_end_alike(
    happens: Happens, owner: asyncpg.Connection, subscriber: UUID, order: tuple[int, ...]
):
    for place in order:
        await happens(TROUBLE[place])
    assert await account(owner, subscriber) == ("starter", 420)
    assert 4.9 < await owner.fetchval("select extract(epoch from tier_until - now()) / 86400 from users") < 5.1


async def test_a_payment_ends_the_trouble_even_before_the_subscription_says_so(
    happens: Happens, owner: asyncpg.Connection, subscriber: UUID
):
    await happens(subscription_event("updated", status="past_due", updated_at=from_now(hours=-2)))
    assert await failing(owner, subscriber)
    await happens(payment("recovered", billing_reason="renewal", updated_at=from_now(hours=-1)))
    assert not await failing(owner, subscriber)

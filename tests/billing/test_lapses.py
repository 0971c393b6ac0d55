"""What time alone does to a tier, without any event."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import asyncpg

from billing.tier_changes import end_lapsed
from common.db import Database
from common.ids import uuid7
from common.outbox import Outbox
from tests.billing.conftest import SHOP, Happens, account, told
from tests.support.lemonsqueezy import PRO_VARIANT, from_now, payment, subscription_event


async def lapse(db: Database) -> None:
    await end_lapsed(db, Outbox("vision3/billing"), SHOP.grace)


async def days_pass(owner: asyncpg.Connection, days: int) -> None:
    """Everything that is known happened so much earlier."""
    await owner.execute("update users set tier_until = tier_until - $1::interval", timedelta(days=days))
    await owner.execute("update subscriptions set ends_at = ends_at - $1::interval", timedelta(days=days))
    await owner.execute("update purchases set failed_at = failed_at - $1::interval", timedelta(days=days))


async def test_a_cancelled_subscription_gives_its_tier_until_its_end_and_no_longer(
    db: Database, happens: Happens, owner: asyncpg.Connection, buyer: UUID
):
    await happens(subscription_event("cancelled", buyer, ends_at=from_now(days=3)))
    await days_pass(owner, 2)
    await lapse(db)
    assert await account(owner, buyer) == ("starter", 20)
    await days_pass(owner, 2)
    await lapse(db)
    assert await account(owner, buyer) == ("free", 20)
    assert await told(owner) == 2


async def test_grace_ends_by_itself(db: Database, happens: Happens, owner: asyncpg.Connection, buyer: UUID):
    await happens(subscription_event("created", buyer))
    await happens(payment("failed", buyer, updated_at=from_now(days=-6)))
    await lapse(db)
    assert await account(owner, buyer) == ("starter", 20)
    await days_pass(owner, 2)
    await lapse(db)
    assert await account(owner, buyer) == ("free", 20)


async def test_the_lesser_subscription_takes_over(
    db: Database, happens: Happens, owner: asyncpg.Connection, buyer: UUID
):
    await happens(subscription_event("created", buyer))
    await happens(
        subscription_event("cancelled", buyer, subscription_id="7", variant_id=PRO_VARIANT, ends_at=from_now(days=1))
    )
    assert await account(owner, buyer) == ("pro", 20)
    await days_pass(owner, 2)
    await lapse(db)
    assert await account(owner, buyer) == ("starter", 20)


async def test_many_end_at_once_each_told_of_once_by_however_many_processes(
    db: Database, happens: Happens, owner: asyncpg.Connection, buyer: UUID
):
    for n in range(20):
        user = await owner.fetchval("select provision_user($1, $2, $3)", uuid7(), uuid7(), f"user_{n}")
        await happens(subscription_event("cancelled", user, subscription_id=str(n + 1), ends_at=from_now(days=1)))
    await owner.execute("delete from outbox")
    await days_pass(owner, 2)
    await asyncio.gather(*(lapse(db) for _ in range(10)))
    assert await owner.fetchval("select count(*) from users where subscription_tier <> 'free'") == 0
    assert await told(owner) == 20


async def test_a_user_who_is_held_by_somebody_does_not_hold_up_the_others(
    db: Database, happens: Happens, owner: asyncpg.Connection, buyer: UUID
):
    other = await owner.fetchval("select provision_user($1, $2, 'other')", uuid7(), uuid7())
    for number, user in enumerate((buyer, other), start=1):
        await happens(subscription_event("cancelled", user, subscription_id=str(number), ends_at=from_now(days=1)))
    await days_pass(owner, 2)
    async with owner.transaction():
        await owner.execute("select from users where id = $1 for no key update", buyer)
        await lapse(db)
    assert await account(owner, other) == ("free", 20)
    await lapse(db)
    assert await account(owner, buyer) == ("free", 20)

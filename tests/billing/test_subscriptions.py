"""Subscriptions: the tier follows the newest state that the vendor told of, whatever came in which order."""

from __future__ import annotations

import asyncio
import itertools
import random
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from billing.worker import Worker
from common.db import Database
from common.ids import uuid7
from common.outbox import Outbox
from tests.billing.conftest import SHOP, Happens, account, told
from tests.billing.test_worker import deliver
from tests.support.lemonsqueezy import PRO_VARIANT, from_now, subscription_event, to_bytes
from tests.support.transactions import one_transaction_wrote

LATER = [from_now(minutes=minute) for minute in range(10)]


async def test_a_new_subscription_gives_its_tier_and_no_credits(
    happens: Happens, owner: asyncpg.Connection, buyer: UUID
):
    row = await happens(subscription_event("created", buyer))
    assert (row["outcome"], row["error"]) == ("applied", None)
    assert await account(owner, buyer) == ("starter", 20)
    assert await told(owner) == 1
    assert await one_transaction_wrote(owner, "users", "subscriptions", "webhook_events", "outbox")


async def test_the_vendors_ids_and_dates_are_kept(happens: Happens, owner: asyncpg.Connection, buyer: UUID):
    await happens(subscription_event("created", buyer, ends_at="2026-05-01T00:00:00Z"))
    row = await owner.fetchrow("select * from subscriptions")
    ids = ("id", "user_id", "customer_id", "order_id", "product_id", "variant_id", "status")
    assert [row[name] for name in ids] == ["70001", buyer, 31337, 90002, 501, 2001, "active"]
    assert [row[name].isoformat()[:10] for name in ("renews_at", "ends_at", "vendor_updated_at")] == [
        "2026-04-01",
        "2026-05-01",
        "2026-03-01",
    ]


@pytest.mark.parametrize("event", ["updated", "plan_changed"])
async def test_another_plan_is_another_tier_and_no_credits(
    happens: Happens, owner: asyncpg.Connection, buyer: UUID, event: str
):
    await happens(subscription_event("created", buyer))
    await happens(subscription_event(event, variant_id=PRO_VARIANT, updated_at=LATER[1]))
    assert await account(owner, buyer) == ("pro", 20)
    await happens(subscription_event(event, updated_at=LATER[2]))
    assert await account(owner, buyer) == ("starter", 20)
    assert await told(owner) == 3


@pytest.mark.parametrize(
    ("event", "changes", "tier"),
    [
        ("cancelled", {}, "starter"),
        ("cancelled", {"ends_at": from_now(days=-1)}, "free"),
        ("expired", {}, "free"),
        ("paused", {}, "free"),
        ("updated", {"status": "on_trial"}, "starter"),
        ("updated", {"status": "past_due"}, "starter"),
        ("updated", {"status": "past_due", "updated_at": from_now(days=-8)}, "free"),
        ("updated", {"status": "unpaid"}, "free"),
    ],
)
async def test_each_state_gives_the_tier_it_is_worth(
    happens: Happens, owner: asyncpg.Connection, buyer: UUID, event: str, changes: dict[str, str], tier: str
):
    await happens(subscription_event("created", buyer))
    row = await happens(subscription_event(event, buyer, **{"updated_at": LATER[1]} | changes))
    assert row["outcome"] == "applied"
    assert await account(owner, buyer) == (tier, 20)
    assert await told(owner) == (1 if tier == "starter" else 2)


@pytest.mark.parametrize(("ended", "begun_again"), [("paused", "unpaused"), ("cancelled", "resumed")])
async def test_what_begins_again_gives_its_tier_again(
    happens: Happens, owner: asyncpg.Connection, buyer: UUID, ended: str, begun_again: str
):
    await happens(subscription_event("created", buyer))
    await happens(subscription_event(ended, buyer, ends_at=from_now(days=-1), updated_at=LATER[1]))
    assert await account(owner, buyer) == ("free", 20)
    await happens(subscription_event(begun_again, buyer, updated_at=LATER[2]))
    assert await account(owner, buyer) == ("starter", 20)


LIFE = [
    subscription_event("created", "USER", updated_at=LATER[0]),
    subscription_event("plan_changed", "USER", variant_id=PRO_VARIANT, updated_at=LATER[1]),
    subscription_event("cancelled", "USER", variant_id=PRO_VARIANT, updated_at=LATER[2]),
    subscription_event("expired", "USER", variant_id=PRO_VARIANT, updated_at=LATER[2]),
]


@pytest.mark.parametrize("order", list(itertools.permutations(LIFE)))
async def test_an_older_event_never_undoes_a_newer_one(
    happens: Happens, owner: asyncpg.Connection, buyer: UUID, order: list[dict[str, Any]]
):
    for event in order:
        event["meta"]["custom_data"]["user_id"] = str(buyer)
        await happens(event)
    assert await account(owner, buyer) == ("free", 20)
    assert await owner.fetchval("select status from subscriptions") == "expired"


async def test_a_stale_event_says_so(happens: Happens, owner: asyncpg.Connection, buyer: UUID):
    await happens(subscription_event("expired", buyer, updated_at=LATER[1]))
    row = await happens(subscription_event("created", buyer))
    assert (row["outcome"], row["error"]) == ("ignored", "a newer state of this subscription is known")
    assert await told(owner) == 0


async def test_a_year_old_event_that_is_replayed_changes_nothing(
    happens: Happens, owner: asyncpg.Connection, buyer: UUID
):
    old = subscription_event("created", buyer, updated_at=from_now(days=-365))
    await happens(old)
    await happens(subscription_event("expired", buyer, updated_at=from_now(days=-300)))
    await owner.execute("update webhook_events set received_at = now() - interval '1 year'")
    assert (await happens(old))["outcome"] == "applied"  # a year ago; these bytes are known
    assert (await happens(old | {"links": {}}))["outcome"] == "ignored"
    assert await account(owner, buyer) == ("free", 20)


async def test_of_two_subscriptions_the_better_holds_until_it_ends(
    happens: Happens, owner: asyncpg.Connection, buyer: UUID
):
    await happens(subscription_event("created", buyer))
    await happens(subscription_event("created", buyer, subscription_id="70002", variant_id=PRO_VARIANT))
    assert await account(owner, buyer) == ("pro", 20)
    await happens(subscription_event("expired", buyer, subscription_id="70002", updated_at=LATER[1]))
    assert await account(owner, buyer) == ("starter", 20)


async def test_a_user_whom_later_events_do_not_name_is_known_from_the_first(
    happens: Happens, owner: asyncpg.Connection, buyer: UUID
):
    await happens(subscription_event("created", buyer))
    for custom_data in ({"user_id": str(uuid7())}, {"user_id": 7}, None):
        await happens(subscription_event("updated", custom_data=custom_data, updated_at=LATER[1]))
    await happens(subscription_event("expired", updated_at=LATER[2]))
    assert await account(owner, buyer) == ("free", 20)


async def test_a_subscription_stays_with_whom_it_was_bought_for(
    happens: Happens, owner: asyncpg.Connection, buyer: UUID
):
    other = await owner.fetchval("select provision_user($1, $2, 'other')", uuid7(), uuid7())
    await happens(subscription_event("created", buyer))
    await happens(subscription_event("updated", other, variant_id=PRO_VARIANT, updated_at=LATER[1]))
    assert await account(owner, buyer) == ("pro", 20)
    assert await account(owner, other) == ("free", 20)


@pytest.mark.parametrize(
    "custom_data",
    [None, [], {}, {"user_id": 7}, {"user_id": "' or true --"}, {"user_id": "01900000-0000-7000-8000-000000000000"}],
)
async def test_a_subscription_of_nobody_is_kept_as_unmatched(
    happens: Happens, owner: asyncpg.Connection, buyer: UUID, custom_data: object
):
    row = await happens(subscription_event("created", custom_data=custom_data))
    assert row["outcome"] == "unmatched"
    assert await owner.fetchval("select count(*) from subscriptions") == 0
    assert await account(owner, buyer) == ("free", 20)


async def test_what_was_unmatched_is_applied_once_another_event_names_the_user(
    happens: Happens, owner: asyncpg.Connection, buyer: UUID
):
    newer = subscription_event("expired", updated_at=LATER[1])
    assert (await happens(newer))["outcome"] == "unmatched"
    await happens(subscription_event("created", buyer))
    assert await owner.fetchval("select status from subscriptions") == "expired"
    assert await account(owner, buyer) == ("free", 20)


async def test_an_unknown_variant_is_kept_as_unmatched_and_changes_nothing(
    happens: Happens, owner: asyncpg.Connection, buyer: UUID
):
    await happens(subscription_event("created", buyer))
    row = await happens(subscription_event("plan_changed", buyer, variant_id=9999, updated_at=LATER[1]))
    assert (row["outcome"], row["error"]) == ("unmatched", "variant 9999 is no plan here")
    assert await account(owner, buyer) == ("starter", 20)


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "new"},
        {"status": None},
        {"updated_at": None},
        {"updated_at": "yesterday"},
        {"updated_at": "2026-03-01T12:00:00"},
        {"renews_at": "never"},
        {"variant_id": "x"},
        {"order_id": -1},
    ],
    ids=repr,
)
async def test_a_state_that_makes_no_sense_is_refused(
    happens: Happens, owner: asyncpg.Connection, buyer: UUID, changes: dict[str, object]
):
    assert (await happens(subscription_event("created", buyer, **changes)))["outcome"] == "refused"
    assert await account(owner, buyer) == ("free", 20)


@pytest.mark.parametrize("changes", [{"test_mode": True}, {"store_id": 1}])
async def test_test_events_and_those_of_other_stores_are_refused(
    happens: Happens, owner: asyncpg.Connection, buyer: UUID, changes: dict[str, object]
):
    assert (await happens(subscription_event("created", buyer, **changes)))["outcome"] == "refused"
    assert await account(owner, buyer) == ("free", 20)


async def test_many_workers_on_a_shuffled_life_of_many_copies_end_at_its_end(
    db: Database, owner: asyncpg.Connection, buyer: UUID
):
    bodies = []
    for event, copy in itertools.product(LIFE, range(12)):
        event["meta"] |= {"custom_data": {"user_id": str(buyer)}, "webhook_id": str(copy)}
        bodies.append(to_bytes(event))
    random.Random(1).shuffle(bodies)
    await deliver(db, *bodies)
    await asyncio.gather(*(Worker(db, Outbox("vision3/billing"), SHOP).drain() for _ in range(20)))
    assert await owner.fetchval("select count(*) from webhook_events where processed_at is null or attempts > 0") == 0
    assert await account(owner, buyer) == ("free", 20)

"""What no webhook told is found through the vendor's API and has the effect of a webhook, once."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Awaitable
from datetime import timedelta
from typing import Any, Protocol
from uuid import UUID

import asyncpg
import httpx2
import pytest
from pydantic import SecretStr

from billing import use_cases
from billing.lemonsqueezy_api import LemonSqueezyApi
from billing.plans import Plan, Shop
from billing.reconciliation.reconciler import Reconciler
from billing.worker import Worker
from common.db import Database
from common.ids import uuid7
from common.outbox import Outbox
from tests.billing.conftest import SHOP, Happens, account
from tests.support.builders import sign_up
from tests.support.lemonsqueezy import PACK_VARIANT, PRO_VARIANT, STORE_ID, SUBSCRIPTION_VARIANT, to_bytes
from tests.support.lemonsqueezy.faults import Fault
from tests.support.lemonsqueezy.history import CREDITS, THRIFTY_VARIANT, BusyTime, expected
from tests.support.lemonsqueezy.serving import OpenShop, open_shop
from tests.support.lemonsqueezy.shop import Shop as Vendor
from tests.support.transactions import open_transactions

BUSY = Shop(
    packs=SHOP.packs,
    plans={**SHOP.plans, THRIFTY_VARIANT: Plan(tier="starter", credits=CREDITS[THRIFTY_VARIANT])},
    store_id=STORE_ID,
)
FIVE_MINUTES_LATER = """
update webhook_events set received_at = received_at - interval '5 minutes', next_attempt_at = now()
where processed_at is null
"""
TABLES = ("users", "subscriptions", "plan_history", "purchases", "credit_entries", "webhook_events", "outbox")


class Reconciles(Protocol):
    """Asks for a pass, carries it out, lets the worker work on what it found, and shows its row."""

    def __call__(self, *, dry_run: bool = False) -> Awaitable[asyncpg.Record]: ...


def reconciler(db: Database, client: httpx2.AsyncClient, shop: Shop = SHOP, **options: Any) -> Reconciler:
    api = LemonSqueezyApi(client, SecretStr("an-api-key"), STORE_ID)
    usual = {"every": timedelta(hours=1), "horizon": timedelta(days=36_500)}
    return Reconciler(db, shop, api, lambda: None, **(usual | options))


@pytest.fixture
async def client(opened: OpenShop) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=opened.url, trust_env=False, timeout=5) as client:
        yield client


async def carried_out(db: Database, owner: asyncpg.Connection, who: Reconciler, *, dry_run: bool) -> asyncpg.Record:
    pass_id = uuid7()
    await owner.execute("insert into reconciliations (id, dry_run) values ($1, $2)", pass_id, dry_run)
    await who.look()
    await Worker(db, Outbox("vision3/billing"), who.shop).drain()
    row = await owner.fetchrow("select * from reconciliations where id = $1", pass_id)
    assert row is not None
    return row


@pytest.fixture
def reconciles(db: Database, client: httpx2.AsyncClient, owner: asyncpg.Connection) -> Reconciles:
    who = reconciler(db, client)

    async def one(*, dry_run: bool = False) -> asyncpg.Record:
        return await carried_out(db, owner, who, dry_run=dry_run)

    return one


@pytest.fixture
async def known(buyer: UUID, owner: asyncpg.Connection) -> UUID:
    """The buyer, with the address that is used in the shop."""
    await owner.execute("update users set email = 'Bea@Example.com' where id = $1", buyer)
    return buyer


async def everything(owner: asyncpg.Connection) -> dict[str, str]:
    """A digest of all rows of each table."""
    digest = "select md5(coalesce(string_agg(t::text, '|' order by t::text), '')) from {} t"
    return {table: await owner.fetchval(digest.format(table)) for table in TABLES}


def listed(row: asyncpg.Record) -> list[str]:
    return [finding["event"] for finding in json.loads(row["listed"])]


async def test_a_lost_purchase_is_found_by_the_buyers_address(
    reconciles: Reconciles, opened: OpenShop, known: UUID, owner: asyncpg.Connection
):
    opened.shop.buy(PACK_VARIANT)
    opened.shop.buy(SUBSCRIPTION_VARIANT)
    row = await reconciles()
    assert (row["outcome"], row["resources"], row["found"]) == ("done", 4, 4)
    assert listed(row) == ["subscription_updated", "order_created", "order_created", "subscription_payment_success"]
    assert await account(owner, known) == ("starter", 20 + 50 + 200)


async def test_a_second_pass_changes_no_row(
    reconciles: Reconciles, opened: OpenShop, known: UUID, owner: asyncpg.Connection
):
    for variant_id in (PACK_VARIANT, SUBSCRIPTION_VARIANT):
        bought = opened.shop.buy(variant_id)
        opened.shop.refund(bought.invoice or bought.order, 300)
    opened.shop.buy(PACK_VARIANT, email="nobody@example.com")  # whom nobody knows
    assert (await reconciles())["found"] == 8
    before = await everything(owner)
    assert (await reconciles())["found"] == 0
    assert await everything(owner) == before


async def test_a_dry_run_lists_and_changes_nothing(
    reconciles: Reconciles, opened: OpenShop, known: UUID, owner: asyncpg.Connection
):
    opened.shop.buy(PACK_VARIANT)
    before = await everything(owner)
    row = await reconciles(dry_run=True)
    assert (row["found"], listed(row)) == (1, ["order_created"])
    assert await everything(owner) == before


async def test_another_subscription_of_the_customer_says_whose_a_purchase_is(
    reconciles: Reconciles, opened: OpenShop, buyer: UUID, owner: asyncpg.Connection, happens: Happens
):
    """Nobody has that address here."""
    opened.shop.buy(SUBSCRIPTION_VARIANT, {"user_id": str(buyer)})
    for event in opened.told:
        await happens(event)
    opened.shop.buy(PACK_VARIANT)
    await reconciles()
    assert await account(owner, buyer) == ("starter", 20 + 200 + 50)


@pytest.mark.parametrize(
    "otherwise",
    ["update users set erase_requested_at = now()", "update users set email = null",
     "insert into users (id, clerk_id, email) values (gen_random_uuid(), 'twin', 'bea@example.com')"],
    ids=["erased", "no address", "two with it"],
)  # fmt: skip
async def test_a_purchase_of_nobody_is_kept_unmatched_and_shown_once(
    reconciles: Reconciles, opened: OpenShop, known: UUID, owner: asyncpg.Connection, otherwise: str
):
    await owner.execute(otherwise)
    opened.shop.buy(PACK_VARIANT)
    for _ in range(2):
        await reconciles()
    rows = await owner.fetch("select event_name, outcome, reconciled from webhook_events")
    assert [tuple(row) for row in rows] == [("order_created", "unmatched", True)]
    assert await owner.fetchval("select count(*) from credit_entries where kind = 'pack'") == 0


async def test_a_purchase_is_granted_once_its_buyer_is_known(
    reconciles: Reconciles, opened: OpenShop, buyer: UUID, owner: asyncpg.Connection
):
    opened.shop.buy(PACK_VARIANT)
    await reconciles()
    await owner.execute("update users set email = 'bea@example.com'")
    await reconciles()
    assert await account(owner, buyer) == ("free", 70)


async def test_nothing_of_the_buyer_is_stored(
    reconciles: Reconciles, opened: OpenShop, known: UUID, owner: asyncpg.Connection
):
    opened.shop.buy(SUBSCRIPTION_VARIANT)
    await reconciles()
    for body in await owner.fetch("select body from webhook_events"):
        for personal in (b"ea@", b"Bea", b"signature"):
            assert personal not in body["body"]


async def test_a_webhook_that_comes_after_all_has_no_second_effect(
    reconciles: Reconciles, opened: OpenShop, known: UUID, owner: asyncpg.Connection, happens: Happens
):
    opened.shop.buy(PACK_VARIANT, {"user_id": str(known)})
    opened.shop.buy(SUBSCRIPTION_VARIANT, {"user_id": str(known)})
    await reconciles()
    before = await account(owner, known)
    for event in opened.told:
        await happens(event)
    assert await account(owner, known) == before == ("starter", 270)


async def test_what_was_given_back_is_taken(
    reconciles: Reconciles, opened: OpenShop, known: UUID, owner: asyncpg.Connection
):
    pack, plan = opened.shop.buy(PACK_VARIANT), opened.shop.buy(PRO_VARIANT)
    await reconciles()
    opened.shop.refund(pack.order, 999)
    assert plan.invoice is not None
    opened.shop.refund(plan.invoice, plan.invoice["attributes"]["total"] // 2)
    row = await reconciles()
    assert {"order_refunded", "subscription_payment_refunded"} == set(listed(row))
    assert await account(owner, known) == ("pro", 20 + 500)


async def test_what_was_bought_and_given_back_as_a_whole_is_nothing(
    reconciles: Reconciles, opened: OpenShop, known: UUID, owner: asyncpg.Connection
):
    opened.shop.refund(opened.shop.buy(PACK_VARIANT).order, 999)
    assert (await reconciles())["found"] == 0
    assert await account(owner, known) == ("free", 20)


async def test_a_state_that_was_lost_is_taken_over(
    reconciles: Reconciles, opened: OpenShop, known: UUID, owner: asyncpg.Connection
):
    bought = opened.shop.buy(SUBSCRIPTION_VARIANT)
    assert bought.subscription is not None
    await reconciles()
    opened.shop.cancel(bought.subscription)
    opened.shop.expire(bought.subscription)
    assert listed(await reconciles()) == ["subscription_updated"]
    assert await account(owner, known) == ("free", 220)


@pytest.mark.parametrize("changes", [{"test_mode": True}, {"store_id": 1}])
async def test_what_is_of_another_mode_or_store_is_not_ours(
    reconciles: Reconciles, opened: OpenShop, known: UUID, changes: dict[str, Any], owner: asyncpg.Connection
):
    bought = opened.shop.buy(SUBSCRIPTION_VARIANT)
    for resource in (bought.order, bought.subscription, bought.invoice):
        assert resource is not None
        resource["attributes"].update(changes)
    assert (await reconciles())["found"] == 0
    assert await account(owner, known) == ("free", 20)


async def test_what_does_not_fit_hides_nothing_else(
    reconciles: Reconciles, opened: OpenShop, known: UUID, owner: asyncpg.Connection
):
    odd = opened.shop.buy(PACK_VARIANT).order
    odd["attributes"]["total"] = "much"
    opened.shop.buy(PACK_VARIANT)
    assert (await reconciles())["found"] == 1
    assert await account(owner, known) == ("free", 70)


async def test_what_is_older_than_the_horizon_is_not_read(
    db: Database, client: httpx2.AsyncClient, opened: OpenShop, known: UUID, owner: asyncpg.Connection
):
    for _ in range(120):
        opened.shop.buy(PACK_VARIANT)
    for order in list(opened.shop.store.resources["orders"].values())[:60]:
        order["attributes"]["created_at"] = "2020-01-01T00:00:00.000000Z"
    who = reconciler(db, client, horizon=timedelta(days=90))
    row = await carried_out(db, owner, who, dry_run=True)
    assert (row["resources"], row["found"]) == (100, 60)


async def test_a_refused_key_is_said_and_the_pass_failed(
    reconciles: Reconciles, opened: OpenShop, known: UUID, owner: asyncpg.Connection
):
    opened.faults.plan(Fault(401))
    row = await reconciles()
    assert (row["outcome"], "VISION3_LEMONSQUEEZY_API_KEY" in row["error"]) == ("failed", True)


async def test_a_vendor_that_fails_in_the_middle_keeps_what_was_found(
    reconciles: Reconciles, opened: OpenShop, known: UUID, owner: asyncpg.Connection
):
    opened.shop.buy(SUBSCRIPTION_VARIANT)
    opened.faults.plan(Fault(None), Fault(404))  # the subscriptions, and then no orders
    row = await reconciles()
    assert (row["outcome"], row["found"]) == ("failed", 1)
    assert await account(owner, known) == ("starter", 20)
    assert (await reconciles())["found"] == 2
    assert await account(owner, known) == ("starter", 220)


async def test_without_a_key_whoever_asks_is_told(db: Database, owner: asyncpg.Connection):
    closed = Reconciler(db, SHOP, None, lambda: None, every=timedelta(hours=1), horizon=timedelta(days=1))
    row = await carried_out(db, owner, closed, dry_run=False)
    assert (row["outcome"], row["error"]) == ("failed", "billing has no VISION3_LEMONSQUEEZY_API_KEY")


async def passes(owner: asyncpg.Connection) -> int:
    return await owner.fetchval("select count(*) from reconciliations where outcome = 'done'")


async def test_it_comes_by_itself_at_start_and_then_in_its_turn(
    db: Database, client: httpx2.AsyncClient, owner: asyncpg.Connection
):
    who = reconciler(db, client)
    await who.look()
    await who.look()
    assert await passes(owner) == 1
    await owner.execute("update reconciliations set started_at = now() - interval '11 minutes'")
    await who.look()
    assert await passes(owner) == 1
    await reconciler(db, client).look()  # another process, that starts
    assert await passes(owner) == 2
    await owner.execute("update reconciliations set started_at = now() - interval '61 minutes'")
    await who.look()
    assert await passes(owner) == 3


async def test_of_several_replicas_one_passes(db: Database, client: httpx2.AsyncClient, owner: asyncpg.Connection):
    await asyncio.gather(*(reconciler(db, client).look() for _ in range(4)))
    assert await owner.fetchval("select count(*) from reconciliations") == 1


async def test_a_pass_whose_process_died_is_no_pass(reconciles: Reconciles, db: Database, owner: asyncpg.Connection):
    await owner.execute("insert into reconciliations (id, dry_run, started_at) values ($1, false, now())", uuid7())
    await reconciles()
    rows = await owner.fetch("select outcome, error from reconciliations order by id")
    assert [tuple(row) for row in rows] == [("failed", "its process ended"), ("done", None)]


async def test_while_the_vendor_is_asked_no_transaction_is_open(
    db: Database, client: httpx2.AsyncClient, opened: OpenShop
):
    opened.faults.plan(Fault(None, delay_s=0.5), times=3)
    passing = asyncio.create_task(reconciler(db, client).look())
    for _ in range(3):
        await asyncio.sleep(0.25)
        assert await open_transactions(db) == 0
    await passing


async def wrong(owner: asyncpg.Connection, vendor: Vendor, users: list[UUID]) -> list[UUID]:
    """Whose tier or balance is not what the model says."""
    rows = await owner.fetch("select id, subscription_tier, credits_remaining from users")
    found = {row["id"]: (row["subscription_tier"], row["credits_remaining"]) for row in rows}
    return [user for user, should in expected(vendor, users).items() if found[user] != should]


@pytest.mark.timeout(180)
async def test_what_a_tenth_of_lost_webhooks_cost_is_restored_by_one_pass(db: Database, owner: asyncpg.Connection):
    """And the next one changes no row. The model knows of no events."""
    users, chance = await sign_up(owner, 100), random.Random(20260302)
    await owner.execute("update users set email = id || '@example.com'")
    busy = BusyTime(users, chance)
    busy.go_on(1000)
    async with db.tx() as tx:
        for event in busy.told:
            if chance.random() > 0.1:
                await use_cases.receive(tx, to_bytes(event))
    await Worker(db, Outbox("vision3/billing"), BUSY).drain()
    assert await wrong(owner, busy.shop, users)
    async with open_shop(busy.shop) as opened, httpx2.AsyncClient(base_url=opened.url, trust_env=False) as client:
        who = reconciler(db, client, BUSY)
        row = await carried_out(db, owner, who, dry_run=False)
        assert row["outcome"] == "done"
        await owner.execute(FIVE_MINUTES_LATER)
        await Worker(db, Outbox("vision3/billing"), BUSY).drain()
        assert not await wrong(owner, busy.shop, users)
        before = await everything(owner)
        assert (await carried_out(db, owner, who, dry_run=False))["found"] == 0
        assert await everything(owner) == before

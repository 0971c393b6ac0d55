"""`vision3 webhooks` on a real database, with billing's worker beside it: list, show, replay."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from billing import use_cases
from billing.plans import Shop
from billing.worker import Worker
from common.db import Database
from common.ids import uuid7
from common.outbox import Outbox
from tests.cli.running import Command
from tests.support import lemonsqueezy
from tests.support.servers import TestDatabase

UNKNOWN = "01a21ea0-4dd8-7111-b3fe-1a5db177b65d"
PACK = Shop(packs={lemonsqueezy.PACK_VARIANT: 50}, store_id=lemonsqueezy.STORE_ID)
NOTHING = Shop(packs={}, store_id=lemonsqueezy.STORE_ID)


@pytest.fixture
async def buyer(owner: asyncpg.Connection) -> UUID:
    return await owner.fetchval("select provision_user($1, $2, 'user_of_clerk')", uuid7(), uuid7())


@pytest.fixture
def webhooks(elsewhere: dict[str, str]) -> Command:
    return Command("webhooks", elsewhere)


async def comes(db: Database, event: dict[str, Any] | bytes, shop: Shop = PACK) -> None:
    body = event if isinstance(event, bytes) else lemonsqueezy.to_bytes(event)
    async with db.tx() as tx:
        await use_cases.receive(tx, body)
    await Worker(db, Outbox("vision3/billing"), shop).drain()


async def works(db: Database, shop: Shop = PACK) -> None:
    """Billing, until it is cancelled."""
    worker = Worker(db, Outbox("vision3/billing"), shop)
    while True:
        await worker.drain()
        await asyncio.sleep(0.1)


async def balance(owner: asyncpg.Connection) -> int:
    return await owner.fetchval("select credits_remaining from users")


async def test_what_came_is_listed_the_newest_first_with_what_became_of_it(
    webhooks: Command, db: Database, buyer: UUID
):
    await comes(db, lemonsqueezy.order_created(buyer))
    await comes(db, lemonsqueezy.affiliate_activated())
    await comes(db, lemonsqueezy.order_created(webhook_id="another"))
    await comes(db, b"[]")
    listed = await webhooks.json("list")
    assert [(one["event"], one["outcome"]) for one in listed["webhooks"]] == [
        ("", "refused"),
        ("order_created", "unmatched"),
        ("affiliate_activated", "ignored"),
        ("order_created", "applied"),
    ]
    shown, said = await webhooks("list", "--limit", "1")
    assert ("no envelope" in shown, "applied" in shown, "3 more" in said) == (True, False, True)


async def test_a_list_is_narrowed_by_outcome_and_event(webhooks: Command, db: Database, buyer: UUID):
    await comes(db, lemonsqueezy.order_created(buyer))
    await comes(db, lemonsqueezy.order_created(webhook_id="another"))
    await comes(db, lemonsqueezy.payment("success", buyer))  # waits for its subscription
    assert [one["event"] for one in (await webhooks.json("list", "--outcome", "unmatched"))["webhooks"]] == [
        "order_created"
    ]
    waiting = await webhooks.json("list", "--outcome", "waiting", "--event", "subscription_payment_success")
    assert [one["waits_for"] for one in waiting["webhooks"]] == ["subscription:70001"]
    assert (await webhooks.json("list", "--event", "order_refunded")) == {"total": 0, "webhooks": []}
    assert "no such webhooks" in (await webhooks("list", "--event", "order_refunded"))[1]


async def test_without_any_it_says_so(webhooks: Command, database: TestDatabase):
    assert await webhooks("list") == ("", "no webhooks have come\n")


async def only(webhooks: Command) -> str:
    [one] = (await webhooks.json("list"))["webhooks"]
    return one["id"]


async def test_one_is_shown_without_what_is_personal(webhooks: Command, db: Database, buyer: UUID):
    event = lemonsqueezy.subscription_event("created", buyer)
    await comes(db, event)
    shown, _ = await webhooks("show", await only(webhooks))
    for word in ("subscription_created", "unmatched", "is no plan here", str(buyer), '"variant_id": 2001'):
        assert word in shown
    for secret in ("Bea", "bea@example.com", "4242", "visa", "signature="):
        assert secret not in shown
    document = await webhooks.json("show", await only(webhooks))
    assert document["body"]["data"]["attributes"]["user_email"] == "…"
    raw, _ = await webhooks("show", await only(webhooks), "--body")
    assert raw.encode() == lemonsqueezy.to_bytes(event)


async def test_a_body_that_is_no_json_is_not_guessed_at(webhooks: Command, db: Database):
    await comes(db, b"\xff{")
    assert "no JSON, 2 bytes" in (await webhooks("show", await only(webhooks)))[0]


async def test_a_body_that_was_forgotten_is_said_so_and_can_not_be_replayed(
    webhooks: Command, db: Database, buyer: UUID, owner: asyncpg.Connection
):
    await comes(db, lemonsqueezy.order_created(buyer), NOTHING)
    await owner.execute("update webhook_events set body = null")
    one = await only(webhooks)
    assert "forgotten" in (await webhooks("show", one))[0]
    _, said = await webhooks("replay", one, code=1)
    assert said == f"vision3: the body of {one} was forgotten: ask LemonSqueezy to send it again\n"
    assert (await webhooks("replay", "--outcome", "ignored"))[1] == "no such webhooks\n"


async def test_what_could_not_be_done_is_done_once_it_can_be(
    webhooks: Command, db: Database, buyer: UUID, owner: asyncpg.Connection
):
    """A variant that the settings did not know."""
    await comes(db, lemonsqueezy.order_created(buyer), NOTHING)
    await comes(db, lemonsqueezy.affiliate_activated())
    assert await balance(owner) == 20
    billing = asyncio.create_task(works(db))
    replayed = await webhooks.json("replay", "--outcome", "ignored")
    billing.cancel()
    assert [one["outcome"] for one in replayed["webhooks"]] == ["ignored", "applied"]
    assert await balance(owner) == 70


async def test_what_was_applied_has_no_effect_again(
    webhooks: Command, db: Database, buyer: UUID, owner: asyncpg.Connection
):
    await comes(db, lemonsqueezy.order_created(buyer))
    billing = asyncio.create_task(works(db))
    shown, _ = await webhooks("replay", await only(webhooks))
    billing.cancel()
    assert "in the ledger already" in shown
    assert await balance(owner) == 70


async def test_what_waits_for_another_again_is_looked_at(webhooks: Command, db: Database, buyer: UUID):
    await comes(db, lemonsqueezy.payment("success", buyer))
    billing = asyncio.create_task(works(db))
    replayed = await webhooks.json("replay", await only(webhooks))
    billing.cancel()
    assert [(one["outcome"], one["waits_for"]) for one in replayed["webhooks"]] == [("waiting", "subscription:70001")]


async def test_without_billing_it_stays_due_and_that_is_said(
    webhooks: Command, db: Database, buyer: UUID, owner: asyncpg.Connection
):
    await comes(db, lemonsqueezy.order_created(buyer), NOTHING)
    _, said = await webhooks("replay", await only(webhooks), "--wait", "0", code=1)
    assert "billing has not looked at 1 of 1 yet" in said
    await Worker(db, Outbox("vision3/billing"), PACK).drain()
    assert await balance(owner) == 70


@pytest.mark.parametrize("command", ["show", "replay"])
async def test_an_unknown_id_is_one_sentence(webhooks: Command, database: TestDatabase, command: str):
    _, said = await webhooks(command, UNKNOWN, code=1)
    assert said == f"vision3: there is no webhook {UNKNOWN}: see vision3 webhooks list\n"


@pytest.mark.parametrize(
    "arguments",
    [["show", "seven"], ["show"], ["replay"], ["replay", UNKNOWN, "--outcome", "failed"], ["list", "--limit", "0"],
     ["list", "--outcome", "lost"], ["replay", "--outcome", "failed", "--wait", "-1"]],
    ids=str,
)  # fmt: skip
async def test_wrong_usage_exits_2(webhooks: Command, arguments: list[str]):
    await webhooks(*arguments, code=2)

"""What becomes of a stored event: one effect for one order, and a verdict for everything else."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from billing import use_cases
from billing.handlers.registry import HANDLERS
from billing.plans import Shop
from billing.queries import WebhookEvent
from billing.verdicts import Verdict
from billing.worker import Worker
from common.db import Database, Tx
from common.ids import uuid7
from common.outbox import Outbox
from tests.billing.conftest import SHOP
from tests.support import lemonsqueezy
from tests.support.lemonsqueezy import order_created, to_bytes
from tests.support.transactions import one_transaction_wrote


async def deliver(db: Database, *bodies: bytes) -> None:
    for body in bodies:
        async with db.tx() as tx:
            await use_cases.receive(tx, body)


async def work(db: Database, worker: Worker, envelope: dict[str, Any] | bytes, owner: asyncpg.Connection):
    """The row after the worker is done with it."""
    await deliver(db, envelope if isinstance(envelope, bytes) else to_bytes(envelope))
    await worker.drain()
    return await owner.fetchrow("select * from webhook_events order by received_at desc limit 1")


async def balance(owner: asyncpg.Connection, user_id: UUID) -> int:
    row = await owner.fetchrow(
        """select credits_remaining, (select sum(amount) from credit_entries where user_id = u.id) as ledger
           from users u where id = $1""",
        user_id,
    )
    assert row["credits_remaining"] == row["ledger"]
    return row["ledger"]


async def packs(owner: asyncpg.Connection) -> list[tuple[str, int]]:
    rows = await owner.fetch("select reference, amount from credit_entries where kind = 'pack' order by reference")
    return [(row["reference"], row["amount"]) for row in rows]


async def test_a_paid_order_of_a_pack_grants_its_credits_and_tells_of_it(
    db: Database, worker: Worker, owner: asyncpg.Connection, buyer: UUID
):
    row = await work(db, worker, order_created(buyer), owner)
    assert (row["event_name"], row["outcome"], row["error"], row["attempts"]) == ("order_created", "applied", None, 0)
    assert await balance(owner, buyer) == 70
    assert await packs(owner) == [("order:90001", 50)]
    events = await owner.fetch("select type, payload, source from outbox")
    assert [(e["type"], e["source"]) for e in events] == [("credits.changed.v1", "vision3_billing")]
    assert json.loads(events[0]["payload"])["data"] == {"user_id": str(buyer)}


async def test_three_packs_in_one_order_are_three_times_the_credits(
    db: Database, worker: Worker, owner: asyncpg.Connection, buyer: UUID
):
    await work(db, worker, order_created(buyer, quantity=3), owner)
    assert await balance(owner, buyer) == 170


async def test_doubled_and_shuffled_deliveries_have_the_effect_of_one_each(
    db: Database, worker: Worker, owner: asyncpg.Connection, buyer: UUID
):
    """Five orders, each in four envelopes that differ, each of those five times, in any order."""
    bodies = [
        to_bytes(order_created(buyer, order_id=str(90001 + n), webhook_id=f"webhook-{copy}"))
        for n in range(5)
        for copy in range(4)
    ]
    deliveries = bodies * 5
    random.Random(1).shuffle(deliveries)
    for start in range(0, len(deliveries), 25):
        await deliver(db, *deliveries[start : start + 25])
        await worker.drain()
    assert await balance(owner, buyer) == 20 + 5 * 50
    assert len(await packs(owner)) == 5
    outcomes = await owner.fetch("select outcome, count(*) from webhook_events group by outcome order by outcome")
    assert [tuple(o) for o in outcomes] == [("applied", 5), ("ignored", 15)]
    assert await owner.fetchval("select count(*) from outbox") == 5


async def test_twenty_workers_on_one_event_grant_once(db: Database, owner: asyncpg.Connection, buyer: UUID):
    await deliver(db, to_bytes(order_created(buyer)))
    await asyncio.gather(*(Worker(db, Outbox("vision3/billing"), SHOP).drain() for _ in range(20)))
    assert await packs(owner) == [("order:90001", 50)]
    assert await owner.fetchval("select outcome from webhook_events") == "applied"  # and not over again
    assert await owner.fetchval("select count(*) from outbox") == 1


async def test_twenty_workers_on_twenty_envelopes_of_one_order_grant_once(
    db: Database, owner: asyncpg.Connection, buyer: UUID
):
    await deliver(db, *(to_bytes(order_created(buyer, webhook_id=f"webhook-{n}")) for n in range(20)))
    await asyncio.gather(*(Worker(db, Outbox("vision3/billing"), SHOP).drain() for _ in range(20)))
    assert await balance(owner, buyer) == 70
    assert await owner.fetchval("select count(*) from webhook_events where processed_at is null") == 0


@pytest.mark.parametrize("status", ["pending", "failed", "refunded", "partial_refund", "fraudulent", "a\x00b"])
async def test_an_order_that_is_not_paid_is_ignored(
    db: Database, worker: Worker, owner: asyncpg.Connection, buyer: UUID, status: str
):
    row = await work(db, worker, order_created(buyer, status=status), owner)
    assert row["outcome"] == "ignored"
    assert await packs(owner) == []


async def test_a_subscriptions_first_order_is_ignored(
    db: Database, worker: Worker, owner: asyncpg.Connection, buyer: UUID
):
    row = await work(db, worker, order_created(buyer, variant_id=lemonsqueezy.SUBSCRIPTION_VARIANT), owner)
    assert (row["outcome"], "first invoice" in row["error"]) == ("ignored", True)
    assert await packs(owner) == []


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("license_key_created", {"type": "license-keys", "id": "1"}),
        ("license_key_updated", {}),
        ("affiliate_activated", {}),
        ("customer_updated", {}),
        ("an.event-of:tomorrow", {"type": 7}),
    ],
)
async def test_events_that_nothing_is_done_about_are_ignored(
    db: Database, worker: Worker, owner: asyncpg.Connection, name: str, data: dict[str, Any]
):
    row = await work(db, worker, lemonsqueezy.envelope(name, data), owner)
    assert (row["event_name"], row["outcome"]) == (name, "ignored")


@pytest.mark.parametrize(
    "custom_data",
    [
        None,
        {},
        [],
        "text",
        7,
        {"user_id": None},
        {"user_id": 7},
        {"user_id": ["x"]},
        {"user_id": ""},
        {"user_id": "user_of_clerk"},
        {"user_id": "'; delete from credit_entries; --"},
        {"user_id": "' or id is not null --"},
        {"user_id": "\x00"},
        {"user_id": "0" * 10_000},
        {"user_id": "01900000-0000-7000-8000-000000000000"},
    ],
    ids=repr,
)
async def test_an_order_of_nobody_we_know_is_kept_as_unmatched_and_can_be_replayed(
    db: Database, worker: Worker, owner: asyncpg.Connection, buyer: UUID, custom_data: object
):
    envelope = order_created(custom_data=custom_data)
    row = await work(db, worker, envelope, owner)
    assert (row["outcome"], row["body"]) == ("unmatched", to_bytes(envelope))
    assert await packs(owner) == []


async def test_an_unmatched_order_applies_once_its_user_is_there_and_it_is_due_again(
    db: Database, worker: Worker, owner: asyncpg.Connection, database: object
):
    late = uuid7()
    await work(db, worker, order_created(late), owner)
    await owner.execute("insert into users (id, clerk_id) values ($1, 'late')", late)
    await owner.execute("update webhook_events set processed_at = null, outcome = null, next_attempt_at = now()")
    await worker.drain()
    assert await balance(owner, late) == 50


async def test_a_test_order_buys_nothing_in_live_mode(
    db: Database, worker: Worker, owner: asyncpg.Connection, buyer: UUID
):
    row = await work(db, worker, order_created(buyer, test_mode=True), owner)
    assert row["outcome"] == "refused"
    assert await packs(owner) == []


async def test_a_live_order_buys_nothing_in_test_mode(db: Database, owner: asyncpg.Connection, buyer: UUID):
    worker = Worker(db, Outbox("vision3/billing"), Shop(SHOP.packs, test_mode=True))
    assert (await work(db, worker, order_created(buyer), owner))["outcome"] == "refused"
    assert (await work(db, worker, order_created(buyer, test_mode=True), owner))["outcome"] == "applied"


async def test_another_stores_order_is_refused(db: Database, worker: Worker, owner: asyncpg.Connection, buyer: UUID):
    row = await work(db, worker, order_created(buyer, store_id=1), owner)
    assert row["outcome"] == "refused"
    assert await packs(owner) == []


async def test_without_a_configured_store_any_store_is_ours(db: Database, owner: asyncpg.Connection, buyer: UUID):
    worker = Worker(db, Outbox("vision3/billing"), Shop(SHOP.packs))
    assert (await work(db, worker, order_created(buyer, store_id=1), owner))["outcome"] == "applied"


def _without(envelope: dict[str, Any], *path: str) -> bytes:
    inner = envelope
    for name in path[:-1]:
        inner = inner[name]
    del inner[path[-1]]
    return to_bytes(envelope)


MALFORMED = {
    "empty": b"",
    "no JSON": b"order_created",
    "not UTF-8": b"\xff\xfe{}",
    "a list": b"[]",
    "a string": b'"order_created"',
    "null": b"null",
    "cut off": to_bytes(order_created("x"))[:-1],
    "two bodies": to_bytes(order_created("x")) * 2,
    "an empty object": b"{}",
    "nested too deeply": b"[" * 100_000,
    "a NUL in the name": b'{"meta":{"event_name":"order\\u0000created"}}',
    "a lone surrogate in the name": b'{"meta":{"event_name":"\\ud800"}}',
    "no test_mode": _without(order_created("x"), "meta", "test_mode"),
    "no data": _without(order_created("x"), "data"),
    "no store": _without(order_created("x"), "data", "attributes", "store_id"),
    "no total": _without(order_created("x"), "data", "attributes", "total"),
    "no status": _without(order_created("x"), "data", "attributes", "status"),
    "no item": _without(order_created("x"), "data", "attributes", "first_order_item"),
    "an item of null": to_bytes(order_created("x", first_order_item=None)),
    "a subscription inside": to_bytes(lemonsqueezy.envelope("order_created", lemonsqueezy.subscription())),
    "no variant": to_bytes(order_created("x", first_order_item={"id": 1})),
    "a variant beyond 64 bits": to_bytes(order_created("x", variant_id=2**63)),
    "a quantity of nothing": to_bytes(order_created("x", quantity=0)),
    "a quantity of NaN": to_bytes(order_created("x", quantity=float("nan"))),
    "an absurd quantity": to_bytes(order_created("x", quantity=10**9)),
    "an id with a NUL": to_bytes(order_created("x")).replace(b'"90001"', b'"9\\u0000"'),
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
async def test_a_body_that_does_not_fit_is_refused_with_the_place_and_without_its_words(
    db: Database, worker: Worker, owner: asyncpg.Connection, database: object, body: bytes
):
    row = await work(db, worker, body, owner)
    assert (row["outcome"], row["body"]) == ("refused", body)
    assert "Bea" not in row["error"]
    assert await packs(owner) == []


async def test_of_a_key_that_comes_twice_the_last_one_counts_everywhere(
    db: Database, worker: Worker, owner: asyncpg.Connection, buyer: UUID
):
    """What is stored as its name is what is done about it: no two readers of one body disagree."""
    body = to_bytes(order_created(buyer))
    twice = body.replace(b'"event_name":', b'"event_name":"customer_updated","event_name":')
    twice = twice.replace(b'"user_id":', b'"user_id":"01900000-0000-7000-8000-000000000000","user_id":')
    row = await work(db, worker, twice, owner)
    assert (row["event_name"], row["outcome"]) == ("order_created", "applied")
    last = body.replace(
        b'"event_name":"order_created"', b'"event_name":"order_created","event_name":"customer_updated"'
    )
    row = await work(db, worker, last, owner)
    assert (row["event_name"], row["outcome"]) == ("customer_updated", "ignored")
    assert await balance(owner, buyer) == 70


async def test_transient_trouble_is_tried_again_later_and_later(
    db: Database, worker: Worker, owner: asyncpg.Connection, buyer: UUID, monkeypatch: pytest.MonkeyPatch
):
    granted = HANDLERS["order_created"]

    async def writes_then_breaks(tx: Tx, outbox: Outbox, shop: Shop, delivery: WebhookEvent) -> Verdict:
        await granted(tx, outbox, shop, delivery)
        raise RuntimeError("bea@example.com")

    monkeypatch.setitem(HANDLERS, "order_created", writes_then_breaks)
    await deliver(db, to_bytes(order_created(buyer)))
    delays = []
    for _ in range(use_cases.ATTEMPTS):
        await worker.drain()
        row = await owner.fetchrow("select *, (next_attempt_at - now())::text as wait from webhook_events")
        delays.append(row["next_attempt_at"])
        await owner.execute("update webhook_events set next_attempt_at = now()")
    waits = [(b - a).total_seconds() for a, b in itertools.pairwise(delays)]
    assert all(wait > 20 for wait in waits)
    assert waits == sorted(waits)
    assert (row["outcome"], row["attempts"], row["error"]) == ("failed", 5, "RuntimeError")
    assert await packs(owner) == []
    await worker.drain()
    assert await owner.fetchval("select attempts from webhook_events") == 5


async def test_an_event_that_failed_for_a_while_is_applied_when_the_trouble_is_over(
    db: Database, worker: Worker, owner: asyncpg.Connection, buyer: UUID
):
    """The trouble is real: somebody holds the buyer's row for longer than the role's lock_timeout."""
    async with owner.transaction():
        await owner.execute("select from users where id = $1 for update", buyer)
        await deliver(db, to_bytes(order_created(buyer)))
        await worker.drain()
    row = await owner.fetchrow("select * from webhook_events")
    assert (row["outcome"], row["attempts"], row["error"]) == (None, 1, "LockNotAvailableError")
    await owner.execute("update webhook_events set next_attempt_at = now()")
    await worker.drain()
    assert await balance(owner, buyer) == 70


async def test_with_postgres_away_the_worker_waits_and_counts_no_attempt():
    db = Database("postgresql://a:b@127.0.0.1:1/none", budget_s=2)
    await db.open()
    await Worker(db, Outbox("vision3/billing"), SHOP).drain()


async def test_the_credits_the_verdict_and_the_event_are_one_transaction(
    db: Database, worker: Worker, owner: asyncpg.Connection, buyer: UUID
):
    await work(db, worker, order_created(buyer), owner)
    pack = "credit_entries where kind = 'pack'"
    assert await one_transaction_wrote(owner, "users", pack, "webhook_events", "outbox")


async def test_the_clerk_webhooks_of_another_service_are_left_alone(
    worker: Worker, owner: asyncpg.Connection, database: object
):
    await owner.execute(
        """insert into webhook_events (id, source, event_name, body, body_digest)
           values ($1, 'clerk', 'order_created', 'x', 'x')""",
        uuid7(),
    )
    await worker.drain()
    assert await owner.fetchval("select processed_at from webhook_events") is None

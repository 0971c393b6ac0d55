"""What else is forgotten: keys, webhooks' payloads, events that nobody sends. And a policy that names nothing real."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import asyncpg
import pytest

from common.db import Database, Tx, Unavailable
from common.ids import uuid7
from common.storage import ObjectStore
from retention import runs
from retention.checks import UnknownColumns, check
from retention.policies import GENERATIONS, OTHERS, POLICIES, Forget, Policy
from retention.queries import Amount
from tests.retention.conftest import CANARY, Archive

KEYS, PAYLOADS, LEFTOVERS = OTHERS


@pytest.fixture
async def rows(owner: asyncpg.Connection, archive: Archive) -> None:
    """Of each table one that is old enough, and one that is a day too young; a webhook that was never worked on."""
    generation = await archive.generation(days=1, pictures=0)
    await owner.execute("delete from idempotency_keys")
    for days in (6, 8):
        await owner.execute(
            """insert into idempotency_keys (user_id, key, request_digest, generation_id, created_at)
               values ($1, $2::text, 'x', $3, now() - $2::int * interval '1 day')""",
            archive.user, str(days), generation,
        )  # fmt: skip
    for age in (29, 31, None):
        await owner.execute(
            """insert into webhook_events (id, source, event_name, body, body_digest, outcome, processed_at)
               values ($1, 'lemonsqueezy', 'order_created', $2, sha256($2), 'applied',
                 now() - $3::int * interval '1 day')""",
            uuid7(), f"{CANARY} {age}".encode(), age,
        )  # fmt: skip
    for days in (29, 31):
        await owner.execute(
            """insert into outbox (id, source, type, payload, created_at)
               values ($1, 'vision3_gateway', 'x', 'x', now() - $2::int * interval '1 day')""",
            uuid7(), days,
        )  # fmt: skip


COUNTS = {
    KEYS: "select count(*) from idempotency_keys",
    PAYLOADS: "select count(*) from webhook_events where body is not null",
    LEFTOVERS: "select count(*) from outbox",
}


@pytest.mark.parametrize("policy", OTHERS, ids=lambda policy: policy.name)
async def test_what_is_old_goes_once_and_the_plan_said_so(
    rows: None, db: Database, store: ObjectStore, owner: asyncpg.Connection, policy: Policy
):
    before = await owner.fetchval(COUNTS[policy])
    assert (await runs.plan(db, policy, days=policy.days)).rows == 1
    assert (await runs.run(db, store, policy, days=policy.days)).rows == 1
    assert await owner.fetchval(COUNTS[policy]) == before - 1
    assert (await runs.run(db, store, policy, days=policy.days)).rows == 0
    assert (await runs.plan(db, policy, days=policy.days)).rows == 0


async def test_what_a_webhook_was_and_became_stays(
    rows: None, db: Database, store: ObjectStore, owner: asyncpg.Connection
):
    facts = "select id, event_name, outcome, body_digest, received_at, processed_at from webhook_events order by id"
    before = await owner.fetch(facts)
    await runs.run(db, store, PAYLOADS, days=30)
    assert await owner.fetch(facts) == before


async def test_many_rows_go_in_batches(rows: None, db: Database, store: ObjectStore, owner: asyncpg.Connection):
    await owner.execute(
        "insert into outbox (id, source, type, payload, created_at) "
        "select gen_random_uuid(), 'vision3_gateway', 'x', 'x', now() - interval '40 days' from generate_series(1, 25)"
    )
    taken: list[int] = []

    async def step(_tx: Tx, amount: Amount) -> None:
        taken.append(amount.rows)

    assert (await runs.run(db, store, LEFTOVERS, days=30, batch=10, step=step)).rows == 26
    assert taken == [10, 20, 26, 26]


async def test_the_policies_name_what_there_is(db: Database, owner: asyncpg.Connection):
    await check(db, POLICIES)


@pytest.mark.parametrize(
    ("policy", "named"),
    [
        (replace(KEYS, age="made_at"), "idempotency keys: idempotency_keys.made_at"),
        (replace(PAYLOADS, forgets=(Forget("webhook_events", "null", ("boddy",)),)), "webhook_events.boddy"),
        (replace(LEFTOVERS, table="inbox"), "outbox leftovers: inbox.created_at"),
        (replace(GENERATIONS, forgets=(Forget("artefacts", "null", ("content",)),)), "generations: artefacts.content"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_one_that_does_not_is_refused_by_name(
    db: Database, owner: asyncpg.Connection, policy: Policy, named: str
):
    with pytest.raises(UnknownColumns, match=named):
        await check(db, (GENERATIONS, policy))


async def test_without_postgres_nobody_can_say():
    away = Database("postgresql://x:y@127.0.0.1:1/z")
    await away.open()
    with pytest.raises(Unavailable):
        await check(away, POLICIES)
    await away.close()


async def test_no_two_batches_are_under_way_at_once_whatever_their_policies(
    rows: None, db: Database, store: ObjectStore, archive: Archive
):
    """Else each could wait for a row of the other's."""
    under_way = 0

    async def alone(_tx: Tx, _amount: Amount) -> None:
        nonlocal under_way
        under_way += 1
        await asyncio.sleep(0.02)
        assert under_way == 1
        under_way -= 1

    for _ in range(4):
        await archive.generation(days=31, pictures=0)
    policies = (GENERATIONS, GENERATIONS, KEYS, PAYLOADS)
    done = await asyncio.gather(*(runs.run(db, store, p, days=p.days, batch=1, step=alone) for p in policies))
    assert [sum(run.rows for run in done if run.policy == p.name) for p in (GENERATIONS, KEYS, PAYLOADS)] == [4, 1, 1]

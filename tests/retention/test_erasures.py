"""A user who left: nothing says any more who they were, and the ledger still adds up."""

from __future__ import annotations

import asyncio
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from common.ids import uuid7
from retention.erasures import Erasures
from tests.retention.conftest import CANARY, Archive, files, tables_with
from tests.support import lemonsqueezy
from vision3.audit import audit

EMAIL = f"{CANARY}@Example.com"
IDLE = "update generations set deadline_at = now() - interval '1 second'"
CHARGE = "select append_entry($1, $2, -4, 'charge', 'charge:' || $3::uuid, $3, null)"
SUBSCRIBED = """
insert into subscriptions (id, user_id, tier, status, customer_id, vendor_updated_at)
  values ('70001', $1, 'starter', 'active', 31, now())
"""
STORED = """
insert into webhook_events (id, source, event_name, body, body_digest)
  values ($1, 'lemonsqueezy', 'order_created', $2, sha256($2))
"""
WANTED = "select request_erasure($1, 'user_of_clerk')"


@pytest.fixture
async def left(owner: asyncpg.Connection, archive: Archive, user: UUID) -> UUID:
    """With generations of today and of long ago, a purchase and its webhooks, who asked to be erased."""
    await owner.execute("update users set email = $2 where id = $1", user, EMAIL)
    for days in (0.01, 60):
        generation = await archive.generation(days=days)
        await owner.execute(CHARGE, uuid7(), user, generation)
    await buys(owner, user)
    await owner.execute(IDLE)
    await owner.execute(WANTED, uuid7())
    return user


async def buys(owner: asyncpg.Connection, user: UUID) -> None:
    await owner.execute(SUBSCRIBED, user)
    events = [
        lemonsqueezy.order_created(user),
        lemonsqueezy.order_created(user_email=EMAIL.upper(), user_name=CANARY),
        lemonsqueezy.order_created(uuid7(), user_name="Somebody Else", user_email="jo@example.com"),
    ]
    for event in events:
        await owner.execute(STORED, uuid7(), lemonsqueezy.to_bytes(event))
    await owner.execute(
        "update webhook_events set processed_at = now() where position('SOMEBODY' in upper(encode(body, 'escape'))) = 0"
    )


async def test_nothing_personal_is_left(erasures: Erasures, left: UUID, owner: asyncpg.Connection, objects: Path):
    await erasures.erase(left)
    assert await tables_with(owner, CANARY) == set()
    assert await tables_with(owner, "user_of_clerk") == set()
    assert files(objects) == []
    user = await owner.fetchrow("select clerk_id, email, erased_at is not null as erased from users")
    assert tuple(user) == (None, None, True)
    assert await owner.fetchval("select customer_id from subscriptions") is None
    assert await owner.fetchval("select count(*) from idempotency_keys") == 0


async def test_the_ledger_keeps_its_amounts_and_says_for_no_generation(
    erasures: Erasures, left: UUID, owner: asyncpg.Connection
):
    amounts = "select amount, balance_after from credit_entries order by id"
    before = await owner.fetch(amounts)
    await erasures.erase(left)
    assert await owner.fetch(amounts) == before
    assert await owner.fetchval("select count(*) from credit_entries where generation_id is not null") == 0
    for row in await owner.fetch("select id from generations"):
        assert "credit_entries" not in await tables_with(owner, str(row["id"]))
    assert (await audit(owner)).differences == []


async def test_what_is_not_anonymized_stays_linked(
    erasures: Erasures, archive: Archive, user: UUID, owner: asyncpg.Connection
):
    """A refund may still be due."""
    generation = await archive.generation(days=60)
    await owner.execute(CHARGE, uuid7(), user, generation)
    async with erasures.db.tx() as tx:
        assert await tx.fetchval("select unlink_entries($1)", [generation]) == 0
    assert await owner.fetchval("select generation_id from credit_entries where kind = 'charge'") == generation


async def test_of_the_webhooks_the_other_buyers_stay(erasures: Erasures, left: UUID, owner: asyncpg.Connection):
    await erasures.erase(left)
    bodies = [row["body"] for row in await owner.fetch("select body from webhook_events order by id")]
    assert [body is None for body in bodies] == [True, True, False]


async def test_a_purchase_that_nobody_worked_on_yet_is_not_lost_for_an_address(
    erasures: Erasures, left: UUID, owner: asyncpg.Connection
):
    """Who left paid for somebody else; and another's address ends like theirs."""
    paid, alike, own = (
        lemonsqueezy.to_bytes(lemonsqueezy.order_created(user, user_email=address, order_id=order))
        for user, address, order in (
            (uuid7(), EMAIL, "90011"),
            (uuid7(), f"jo{EMAIL}", "90012"),
            (left, "x@y.z", "90013"),
        )
    )
    for body in (paid, alike, own):
        await owner.execute(STORED, uuid7(), body)
    await owner.execute("update webhook_events set processed_at = now() where body = $1", alike)
    await erasures.erase(left)
    rows = await owner.fetch("select body is null as gone, outcome from webhook_events order by id desc limit 3")
    assert [(row["gone"], row["outcome"]) for row in rows] == [(True, "ignored"), (False, None), (False, None)]


async def test_whoever_did_not_ask_is_left_alone(
    erasures: Erasures, archive: Archive, user: UUID, owner: asyncpg.Connection, objects: Path
):
    await archive.generation(days=1)
    await owner.execute(IDLE)
    before = files(objects)
    await erasures.carry_out()
    async with erasures.db.tx() as tx:
        assert not await tx.fetchval("select erase_user($1)", user)
    assert files(objects) == before
    assert await owner.fetchval("select clerk_id from users") == "user_of_clerk"


@pytest.mark.parametrize("times", [1, 3])
async def test_it_is_swept_and_once_done_nothing_is_left_to_do(
    erasures: Erasures, left: UUID, owner: asyncpg.Connection, times: int
):
    """The event was lost."""
    for _ in range(times):
        await erasures.carry_out()
    at = await owner.fetchval("select erased_at from users")
    await erasures.erase(left)
    assert await owner.fetchval("select erased_at from users") == at is not None


async def test_an_unknown_user_is_no_error(erasures: Erasures, owner: asyncpg.Connection):
    await erasures.erase(uuid7())


async def test_in_the_middle_of_a_generation_it_waits_for_its_end_and_deadline(
    erasures: Erasures, archive: Archive, user: UUID, owner: asyncpg.Connection
):
    generation = await archive.generation(days=0.0001, status="PENDING")
    await owner.execute(WANTED, uuid7())
    await erasures.erase(user)
    row = await owner.fetchrow("select deleted_at is not null as cancelled, anonymized_at from generations")
    assert tuple(row) == (True, None)
    assert await owner.fetchval("select erased_at from users") is None
    await owner.execute("update generations set status = 'FAILED' where id = $1", generation)  # the orchestrator's part
    await owner.execute(IDLE)
    await erasures.carry_out()
    assert await owner.fetchval("select erased_at is not null from users")
    assert await tables_with(owner, CANARY) == set()


async def test_what_a_request_under_way_made_since_goes_too(
    erasures: Erasures, left: UUID, archive: Archive, owner: asyncpg.Connection
):
    await erasures.erase(left)
    await archive.generation(days=0.001)
    await owner.execute(IDLE)
    await erasures.carry_out()
    assert await tables_with(owner, CANARY) == set()


async def test_several_at_once_erase_once(erasures: Erasures, left: UUID, owner: asyncpg.Connection):
    await asyncio.gather(*(erasures.erase(left) for _ in range(8)))
    assert await tables_with(owner, CANARY) == set()
    assert await owner.fetchval("select count(*) from erased_identities") == 1


async def test_nobody_comes_back(erasures: Erasures, left: UUID, owner: asyncpg.Connection):
    await erasures.erase(left)
    with pytest.raises(asyncpg.PostgresError) as refused:
        await owner.fetchval("select provision_user($1, $2, 'user_of_clerk')", uuid7(), uuid7())
    assert refused.value.sqlstate == "V3401"

"""update_identity and request_erasure: whatever races with them, who left stays out, and no row of theirs stays."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import pytest

from common.db import Tx
from common.ids import uuid7
from tests.catalog.ledger import ERASED, REFUSED, Ledger, code
from tests.catalog.test_provisioning import PROVISION, until_it_waits
from tests.support.servers import TestDatabase

UPDATE = "select update_identity($1, $2, $3, $4, $5)"
ERASURE = "select request_erasure($1, $2)"
AT = datetime(2026, 1, 1, tzinfo=UTC)


async def provision(tx: Tx) -> UUID:
    return await tx.fetchval(PROVISION, uuid7(), uuid7(), "alice")


async def erasure(ledger: Ledger, clerk_id: str | None = "alice") -> UUID | None:
    async with ledger.gateway.tx() as tx:
        return await tx.fetchval(ERASURE, uuid7(), clerk_id)


async def update(ledger: Ledger, email: str, at: datetime | None = AT) -> bool:
    async with ledger.gateway.tx() as tx:
        return await tx.fetchval(UPDATE, uuid7(), uuid7(), "alice", email, at)


async def test_a_deletion_waits_for_the_first_request_that_is_under_way(ledger: Ledger, database: TestDatabase):
    """Otherwise it would find nobody, and the user who comes to be would never be erased."""
    async with ledger.gateway.tx() as tx:
        user = await provision(tx)
        deleting = asyncio.create_task(erasure(ledger))
        await until_it_waits(database)
    assert await deleting == user


async def test_a_first_request_waits_for_the_deletion_that_is_under_way(
    ledger: Ledger, owner: asyncpg.Connection, database: TestDatabase
):
    async with ledger.gateway.tx() as tx:
        assert await tx.fetchval(ERASURE, uuid7(), "alice") is None
        coming = asyncio.create_task(ledger.provision("alice"))
        await until_it_waits(database)
    with pytest.raises(asyncpg.PostgresError) as refused:
        await coming
    assert code(refused.value) == ERASED
    assert await owner.fetchval("select count(*) from users") == 0


async def test_an_update_that_waited_for_a_deletion_changes_nothing(
    ledger: Ledger, owner: asyncpg.Connection, database: TestDatabase
):
    user = await ledger.provision("alice")
    async with owner.transaction():
        await owner.execute("select from users where id = $1 for update", user)  # passed by until something is written
        updating = asyncio.create_task(update(ledger, "alice@example.com"))
        await until_it_waits(database)
        await owner.execute("update users set erase_requested_at = now() where id = $1", user)
    assert not await updating
    assert await owner.fetchval("select email from users") is None


async def test_a_deletion_that_is_undone_leaves_no_trace(ledger: Ledger, owner: asyncpg.Connection):
    with suppress(RuntimeError):
        async with ledger.gateway.tx() as tx:
            await tx.fetchval(ERASURE, uuid7(), "alice")
            raise RuntimeError
    assert await owner.fetchval("select count(*) from erased_identities") == 0
    assert await ledger.provision("alice")


async def test_only_a_later_state_counts(ledger: Ledger, owner: asyncpg.Connection):
    changed = [await update(ledger, f"{n}@example.com", AT.replace(hour=n)) for n in (2, 1, 2, 3)]
    assert changed == [True, False, False, True]
    assert await owner.fetchval("select email from users") == "3@example.com"


@pytest.mark.parametrize("clerk_id", [None, ""])
async def test_nobody_can_be_erased(ledger: Ledger, owner: asyncpg.Connection, clerk_id: str | None):
    with pytest.raises(asyncpg.PostgresError) as refused:
        await erasure(ledger, clerk_id)
    assert code(refused.value) == REFUSED
    assert await owner.fetchval("select count(*) from erased_identities") == 0


async def test_a_state_of_no_time_is_refused(ledger: Ledger, owner: asyncpg.Connection):
    with pytest.raises(asyncpg.PostgresError) as refused:
        await update(ledger, "alice@example.com", None)
    assert code(refused.value) == REFUSED
    assert await owner.fetchval("select count(*) from users") == 0

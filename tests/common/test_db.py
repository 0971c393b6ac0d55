"""Transactions: whose rows they see, and what a caller gets when Postgres is away."""

from __future__ import annotations

import asyncio
import time

import asyncpg
import pytest

from common.db import Database, Unavailable
from common.ids import uuid7
from tests.support.servers import TestDatabase

pytestmark = pytest.mark.parametrize("service_db", ["gateway"], indirect=True)


async def provision(db: Database, clerk_id: str):
    async with db.tx() as tx:
        return await tx.fetchval("select provision_user($1, $2, $3)", uuid7(), uuid7(), clerk_id)


async def test_a_user_sees_only_their_own_row_even_without_a_where_clause(service_db: Database):
    alice, _bob = await provision(service_db, "alice"), await provision(service_db, "bob")
    async with service_db.tx_as(alice) as tx:
        assert [row["id"] for row in await tx.fetch("select id from users")] == [alice]


async def test_outside_of_tx_as_the_gateway_sees_nobody(service_db: Database):
    await provision(service_db, "alice")
    async with service_db.tx() as tx:
        assert await tx.fetch("select * from users") == []


async def test_the_user_of_one_transaction_does_not_leak_into_the_next(service_db: Database):
    alice = await provision(service_db, "alice")
    async with service_db.tx_as(alice):
        pass
    async with service_db.tx() as tx:
        assert await tx.fetchval("select acting_user()") is None


async def test_an_error_inside_rolls_back_and_leaves_the_connection_usable(service_db: Database):
    async def provision_and_fail() -> None:
        async with service_db.tx() as tx:
            await tx.fetchval("select provision_user($1, $2, 'carol')", uuid7(), uuid7())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await provision_and_fail()
    async with service_db.tx() as tx:
        assert await tx.fetchval("select 1") == 1
    assert await provision(service_db, "carol")


async def test_a_single_statement_commits_by_itself_and_leaves_the_connection_usable_when_it_fails(
    service_db: Database,
):
    user = await service_db.fetchval("select provision_user($1, $2, 'dave')", uuid7(), uuid7())
    with pytest.raises(asyncpg.DivisionByZeroError):
        await service_db.fetchval("select 1 / 0")
    async with service_db.tx_as(user) as tx:
        assert await tx.fetchval("select id from users") == user
    with pytest.raises(Unavailable):
        await service_db.fetchval("select pg_sleep(3)")


async def test_hooks_run_after_the_commit_and_not_after_a_rollback(service_db: Database):
    ran = []
    async with service_db.tx() as tx:
        tx.after_commit(lambda: ran.append("committed"))
        assert ran == []
    assert ran == ["committed"]
    with pytest.raises(asyncpg.DivisionByZeroError):
        await _divide_by_zero(service_db, lambda: ran.append("rolled back"))
    assert ran == ["committed"]


async def _divide_by_zero(db: Database, after_commit) -> None:
    async with db.tx() as tx:
        tx.after_commit(after_commit)
        await tx.fetchval("select 1/0")


async def test_a_transaction_that_takes_too_long_is_unavailable_within_its_budget(service_db: Database):
    started = time.monotonic()
    with pytest.raises(Unavailable):
        async with service_db.tx(budget_s=0.3) as tx:
            await tx.fetchval("select pg_sleep(10)")
    assert time.monotonic() - started < 1.5
    assert await service_db.ping()


async def test_nobody_listening_is_unavailable_at_once(database: TestDatabase, service_db: Database):
    db = Database("postgresql://a:b@127.0.0.1:1/none", budget_s=2)
    await db.open()
    with pytest.raises(Unavailable):
        async with db.tx():
            pass


async def test_a_black_hole_is_unavailable_within_the_budget(service_db: Database):
    async def swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    hole = await asyncio.start_server(swallow, "127.0.0.1", 0)
    port = hole.sockets[0].getsockname()[1]
    db = Database(f"postgresql://a:b@127.0.0.1:{port}/none", budget_s=0.5)
    await db.open()
    started = time.monotonic()
    with pytest.raises(Unavailable):
        async with db.tx():
            pass
    assert time.monotonic() - started < 1.5
    await db.close()
    hole.close()

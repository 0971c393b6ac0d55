"""Leases: kept while somebody works, lost without a trace in the caller, free again when their holder is gone."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from common import leases
from common.db import Database
from common.errors import Transient
from common.ids import uuid7
from common.leases import LeaseLost, kept, lead
from common.outbox import Outbox
from tests.support.builders import new_user, request_generation
from tests.support.servers import TestDatabase

pytestmark = pytest.mark.parametrize("service_db", ["orchestrator"], indirect=True)

TOKEN = uuid7()


@pytest.fixture
async def generation(database: TestDatabase, owner: asyncpg.Connection) -> UUID:
    """Leased with TOKEN for the usual time."""
    gateway = Database(database.url("gateway"))
    await gateway.open()
    generation_id = await request_generation(gateway, Outbox("vision3/test"), await new_user(gateway))
    await gateway.close()
    await lease_to(owner, generation_id, TOKEN)
    return generation_id


async def lease_to(owner: asyncpg.Connection, generation_id: UUID, token: UUID) -> None:
    await owner.execute(
        "update generations set lease_token = $2, lease_until = now() + $3 where id = $1",
        generation_id,
        token,
        leases.LEASE,
    )


async def remaining(owner: asyncpg.Connection, generation_id: UUID) -> timedelta:
    return await owner.fetchval("select lease_until - now() from generations where id = $1", generation_id)


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "RENEW_S", 0.1)


def no_cancellation_is_left() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() == 0


async def test_a_lease_is_renewed_while_the_body_runs_and_not_afterwards(
    service_db: Database, owner: asyncpg.Connection, generation: UUID
):
    await owner.execute("update generations set lease_until = now() + interval '1 second'")
    async with kept(service_db, "generations", generation, TOKEN):
        await asyncio.sleep(0.4)
        assert await remaining(owner, generation) > timedelta(seconds=9)
    await owner.execute("update generations set lease_until = now() + interval '1 second'")
    await asyncio.sleep(0.3)
    assert await remaining(owner, generation) < timedelta(seconds=1)


async def test_a_lost_lease_ends_the_body_and_leaves_the_caller_whole(
    service_db: Database, owner: asyncpg.Connection, generation: UUID
):
    ended_by: list[BaseException] = []

    async def work() -> None:
        async with kept(service_db, "generations", generation, TOKEN):
            await lease_to(owner, generation, uuid7())
            try:
                await asyncio.sleep(5)
            except asyncio.CancelledError as error:
                ended_by.append(error)
                raise

    with pytest.raises(LeaseLost):
        await work()
    assert len(ended_by) == 1
    assert no_cancellation_is_left()
    await asyncio.sleep(0.3)  # would raise if a cancellation had been left behind


async def test_a_body_that_answers_the_cancellation_with_its_own_error_has_lost_the_lease_all_the_same(
    service_db: Database, owner: asyncpg.Connection, generation: UUID
):
    async def work() -> None:
        async with kept(service_db, "generations", generation, TOKEN):
            await lease_to(owner, generation, uuid7())
            try:
                await asyncio.sleep(5)
            except asyncio.CancelledError as error:
                raise Transient("vendor_away", "it noticed the cancellation in its own way") from error

    with pytest.raises(LeaseLost):
        await work()
    assert no_cancellation_is_left()


async def test_a_body_that_finishes_although_it_was_cancelled_leaves_no_cancellation(
    service_db: Database, owner: asyncpg.Connection, generation: UUID
):
    async with kept(service_db, "generations", generation, TOKEN):
        await lease_to(owner, generation, uuid7())
        with pytest.raises(asyncio.CancelledError):
            await asyncio.sleep(5)
    assert no_cancellation_is_left()
    await asyncio.sleep(0.3)


async def test_a_shutdown_stays_a_shutdown_also_when_the_lease_is_lost_with_it(
    service_db: Database, owner: asyncpg.Connection, generation: UUID
):
    async def work() -> None:
        async with kept(service_db, "generations", generation, TOKEN):
            await lease_to(owner, generation, uuid7())
            try:
                await asyncio.sleep(5)
            finally:
                task.cancel()  # while the lost lease's cancellation is under way
                await asyncio.sleep(0)

    task = asyncio.create_task(work())
    await asyncio.wait({task})
    assert task.cancelled()


async def test_an_error_of_the_body_passes_as_it_is(service_db: Database, generation: UUID):
    with pytest.raises(ZeroDivisionError):
        async with kept(service_db, "generations", generation, TOKEN):
            raise ZeroDivisionError
    with pytest.raises(TimeoutError):
        async with kept(service_db, "generations", generation, TOKEN), asyncio.timeout(0.05):
            await asyncio.sleep(5)


async def test_while_postgres_is_away_the_body_goes_on(service_db: Database, generation: UUID):
    nowhere = Database("postgresql://nobody@127.0.0.1:1/none")
    await nowhere.open()
    async with kept(nowhere, "generations", generation, TOKEN):
        await asyncio.sleep(0.4)
    await nowhere.close()


async def test_of_several_one_leads_until_it_stops_renewing(service_db: Database, database: TestDatabase):
    first, second = uuid7(), uuid7()

    async def leads(holder: UUID) -> bool:
        async with service_db.tx() as tx:
            return await lead(tx, "sweep", holder, seconds=0.6)

    assert await leads(first)
    assert not await leads(second)
    await asyncio.sleep(0.4)
    assert await leads(first), "renewed before its end"
    await asyncio.sleep(0.4)
    assert not await leads(second), "the renewal counts from its own time"
    await asyncio.sleep(0.4)
    assert await leads(second)
    assert not await leads(first)


async def test_a_race_for_a_free_lease_has_one_winner(service_db: Database, database: TestDatabase):
    async def leads(holder: UUID) -> bool:
        async with service_db.tx() as tx:
            return await lead(tx, "race", holder, seconds=30)

    assert sum(await asyncio.gather(*(leads(uuid7()) for _ in range(8)))) == 1

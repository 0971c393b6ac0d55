"""What a role sees when its query forgets the WHERE clause, and what it then changes."""

from __future__ import annotations

from uuid import UUID

import asyncpg
import pytest

from common.ids import uuid7
from tests.catalog.expected import SERVICES
from tests.catalog.roles import connected_as
from tests.catalog.world import (
    ALICE,
    ALICES_CONCEPT,
    ALICES_GENERATION,
    ALICES_PICTURE,
    BOB,
    BOBS_GENERATION,
    BOBS_PICTURE,
    NEW,
)
from tests.support.servers import TestDatabase

OWN = {
    "users": ("id", {ALICE}),
    "generations": ("id", {ALICES_GENERATION}),
    "concepts": ("id", {ALICES_CONCEPT}),
    "artifacts": ("id", {ALICES_PICTURE}),
    "credit_entries": ("user_id", {ALICE}),
    "subscriptions": ("user_id", {ALICE}),
}
GATEWAYS_OWN = OWN | {"idempotency_keys": ("user_id", {ALICE})}

READERS = [
    *(("gateway", table, column, rows) for table, (column, rows) in GATEWAYS_OWN.items()),
    *(("authenticated", table, column, rows) for table, (column, rows) in OWN.items()),
]


async def seen(connection: asyncpg.Connection, table: str, column: str) -> set[UUID]:
    return {row[column] for row in await connection.fetch(f"select {column} from vision3.{table}")}


@pytest.mark.parametrize(("role", "table", "column", "rows"), READERS)
async def test_one_user_sees_their_own_rows_only(
    world: TestDatabase, postgres_url: str, role: str, table: str, column: str, rows: set[UUID]
):
    async with connected_as(role, world, postgres_url, user=ALICE) as connection:
        assert await seen(connection, table, column) == rows


@pytest.mark.parametrize(("role", "table", "column", "rows"), READERS)
async def test_without_a_user_nobodys_rows_are_seen(
    world: TestDatabase, postgres_url: str, role: str, table: str, column: str, rows: set[UUID]
):
    async with connected_as(role, world, postgres_url) as connection:
        assert await seen(connection, table, column) == set()


async def test_naming_anothers_row_does_not_help(world: TestDatabase, postgres_url: str):
    async with connected_as("gateway", world, postgres_url, user=ALICE) as connection:
        for table, row in (("users", BOB), ("generations", BOBS_GENERATION), ("artifacts", BOBS_PICTURE)):
            assert await connection.fetchrow(f"select * from vision3.{table} where id = $1", row) is None


async def test_a_cheap_function_in_the_query_sees_nobody_elses_prompt(world: TestDatabase, postgres_url: str):
    """The planner runs what is cheap first, unless a policy stands before it."""
    async with connected_as("gateway", world, postgres_url, user=ALICE) as connection:
        overheard: list[str] = []
        connection.add_log_listener(lambda _, message: overheard.append(message.message))
        await connection.execute(
            """create function pg_temp.tell(id uuid) returns boolean language plpgsql cost 0.0000001 as
               $$ begin raise notice '%', id; return true; end $$"""
        )
        await connection.fetch("select * from vision3.generations where pg_temp.tell(id)")
        assert overheard == [str(ALICES_GENERATION)]


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_reads_and_deletes_its_own_events_only(
    world: TestDatabase, owner: asyncpg.Connection, service: str
):
    connection = await asyncpg.connect(world.url(service))
    assert [row["source"] for row in await connection.fetch("select source from outbox")] == [f"vision3_{service}"]
    assert await connection.execute("update outbox set claimed_until = now()") == "UPDATE 1"
    assert await connection.execute("delete from outbox") == "DELETE 1"
    await connection.close()
    left = await owner.fetch("select source from outbox where claimed_until is null order by 1")
    assert {row["source"] for row in left} == {f"vision3_{other}" for other in SERVICES if other != service}


@pytest.mark.parametrize("service", SERVICES)
async def test_an_event_carries_its_services_name_by_itself(
    world: TestDatabase, owner: asyncpg.Connection, service: str
):
    connection = await asyncpg.connect(world.url(service))
    await connection.execute("insert into outbox (id, type, payload) values ($1, 'credits.changed.v1', '')", NEW)
    await connection.close()
    assert await owner.fetchval("select source from outbox where id = $1", NEW) == f"vision3_{service}"


async def test_billing_sees_its_vendors_webhooks_only(world: TestDatabase, postgres_url: str):
    async with connected_as("billing", world, postgres_url) as connection:
        rows = await connection.fetch("select source from webhook_events")
        assert [row["source"] for row in rows] == ["lemonsqueezy"]


async def test_the_gateway_charges_whoever_it_acts_for_and_cannot_name_another(world: TestDatabase, postgres_url: str):
    """`charge` takes no user: Bob's balance can't even be meant."""
    async with connected_as("gateway", world, postgres_url, user=ALICE) as connection:
        assert await connection.fetchval("select charge($1, $2, 5)", uuid7(), uuid7()) == 11
        await connection.execute("set local request.jwt.claims = ''")
        with pytest.raises(asyncpg.PostgresError) as refused:
            await connection.fetchval("select charge($1, $2, 5)", uuid7(), uuid7())
        assert refused.value.sqlstate == "V3404"

"""Measures the ledger: `.venv/bin/python -m benchmarks.ledger`. Half a minute.

Charges of one credit a second, as the gateway's role: of one user, whose row they all wait for, of one who runs out on
the way, and of a hundred users. Postgres syncs each commit to disk.
"""

from __future__ import annotations

import asyncio
import json
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from uuid import UUID

import asyncpg

from common.ids import uuid7
from tests.catalog.ledger import INSUFFICIENT
from tests.support import servers
from tests.support.servers import TestDatabase
from vision3.audit import audit

CONNECTIONS = 32
RUN_S = 8.0
HOT_CREDITS = 1_500
CREDITS = 100_000
PREPARED = 100_000

GENERATIONS = """
insert into vision3.generations (id, type, user_prompt, requested_count, credits_charged, status)
select gen_random_uuid(), 'TITLE', 'a video about bread', 1, 1, 'COMPLETED' from generate_series(1, $1) returning id
"""
CHARGE = """
select charge($1, $2, 1) from (select set_config('request.jwt.claims', $3, true) as claims offset 0) as acting
where claims <> ''
"""


async def user_with(owner: asyncpg.Connection, balance: int) -> UUID:
    user: UUID = await owner.fetchval("select vision3.provision_user($1, $2, $3)", uuid7(), uuid7(), f"user_{uuid7()}")
    adjust = "select vision3.append_entry($1, $2, $3, 'adjustment', 'adjustment:' || $1::uuid, null, null)"
    await owner.fetchval(adjust, uuid7(), user, balance - 20)
    return user


async def prepare_generations(owner: asyncpg.Connection) -> Iterator[UUID]:
    """Each can be charged for once."""
    return iter([row["id"] for row in await owner.fetch(GENERATIONS, PREPARED)])


async def charge(
    connection: asyncpg.Connection, users: Sequence[UUID], generations: Iterator[UUID], until: float
) -> tuple[int, int]:
    """How many charges, and how many refusals for want of credits."""
    charged = refused = 0
    while time.perf_counter() < until:
        acting = json.dumps({"sub": str(random.choice(users))})
        try:
            await connection.fetchval(CHARGE, uuid7(), next(generations), acting)
        except asyncpg.PostgresError as error:
            if error.sqlstate != INSUFFICIENT:
                raise
            refused += 1
        else:
            charged += 1
    return charged, refused


async def measure(name: str, database: TestDatabase, users: Sequence[UUID], generations: Iterator[UUID]) -> None:
    connections = [await asyncpg.connect(database.url("gateway")) for _ in range(CONNECTIONS)]
    started = time.perf_counter()
    until = started + RUN_S
    done = await asyncio.gather(*(charge(connection, users, generations, until) for connection in connections))
    seconds = time.perf_counter() - started
    charged, refused = (sum(counts) for counts in zip(*done, strict=True))
    print(f"{name}: {charged / seconds:.0f} charges a second, {charged} in all, {refused} refused for want of credits")
    for connection in connections:
        await connection.close()


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder, servers.postgres_server(Path(folder)) as url:
        database = await servers.create_database(url)
        owner = await asyncpg.connect(database.owner_url)
        generations = await prepare_generations(owner)
        await measure("one user", database, [await user_with(owner, CREDITS)], generations)
        await measure(f"one user with {HOT_CREDITS}", database, [await user_with(owner, HOT_CREDITS)], generations)
        await measure("100 users", database, [await user_with(owner, CREDITS) for _ in range(100)], generations)
        lowest = await owner.fetchval("select min(balance_after) from vision3.credit_entries")
        found = await audit(owner)
        print(f"lowest balance {lowest}; {found.entries} entries, {len(found.differences)} users differ")
        await owner.close()


if __name__ == "__main__":
    asyncio.run(main())

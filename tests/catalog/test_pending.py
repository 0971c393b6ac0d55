"""A user's pending ones are counted from their own, however many others have: an order does not pay for the queue."""

from __future__ import annotations

import json

import asyncpg

from tests.support.servers import TestDatabase

USERS = "insert into users (id, clerk_id) select gen_random_uuid(), 'user_' || n from generate_series(0, 40) n"
GENERATIONS = """
insert into generations (id, user_id, type, user_prompt, requested_count, credits_charged, status)
  select gen_random_uuid(), id, 'TITLE', 'a queue', 1, 1, $1 from users, generate_series(1, 100)
  where clerk_id <> 'user_0'
"""


async def test_counting_ones_own_reads_nobody_elses(database: TestDatabase, owner: asyncpg.Connection):
    await owner.execute(USERS)
    await owner.execute(GENERATIONS, "COMPLETED")
    await owner.execute("vacuum analyze generations")  # while nothing is pending, as it mostly is
    await owner.execute(GENERATIONS, "PENDING")
    user_id = await owner.fetchval("select id from users where clerk_id = 'user_0'")
    gateway = await asyncpg.connect(database.url("gateway"))
    try:
        assert await rows_read(gateway, user_id) < 10
    finally:
        await gateway.close()


async def rows_read(gateway: asyncpg.Connection, user_id: object) -> int:
    """As `place_order` counts."""
    async with gateway.transaction():
        await gateway.execute("select set_config('request.jwt.claims', $1, true)", json.dumps({"sub": str(user_id)}))
        plan = await gateway.fetchval(
            "explain (analyze, format json) select count(*) from vision3.generations where status = 'PENDING'"
        )
    return sum(map(rows_of, json.loads(plan)[0]["Plan"]["Plans"]))


def rows_of(node: dict[str, float]) -> int:
    return int(node["Actual Rows"] + node.get("Rows Removed by Filter", 0))

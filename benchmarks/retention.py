"""Measures anonymizing: `.venv/bin/python -m benchmarks.retention [--due 20000] [--stored 1000000]`.

Generations a second in Postgres, each with 4 concepts and 9 artifacts; meanwhile 20 status requests a second, and the
longest that one of them waited. Then what a plan costs over many generations of which a hundredth is due.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from pathlib import Path

import asyncpg

from benchmarks.api import UUID_AT
from common.db import Database
from retention import runs
from retention.policies import GENERATIONS
from tests.support import servers
from tests.support.stores import in_folder

OWNERS = 1000
EVERY_S = 0.05
STATUS = "select * from vision3.show_generation($1, $2)"

FILL = """
create temporary table made as
  select u.id as user_id, pg_temp.uuid_at(at) as id, at from generate_series(1, {count}) s (n)
  cross join lateral (select now() - interval '1 day' * {days} - interval '1 second' * s.n as at) t
  join (select id, row_number() over () - 1 as n from users) u on u.n = s.n % {owners};
insert into generations (id, user_id, type, user_prompt, requested_count, credits_charged, status, created_at)
  select id, user_id, 'THUMBNAIL', 'a video about some topic of the day', 4, 4, 'COMPLETED', at from made;
insert into credit_entries (id, user_id, amount, kind, reference, generation_id, balance_after)
  select pg_temp.uuid_at(at), user_id, -4, 'charge', 'charge:' || id, id, 1 from made;
"""
WHOLE = """
insert into concepts (id, generation_id, position, headline, description, mood, palette, layout, status)
  select pg_temp.uuid_at(at), id, p, 'Finally Sourdough', 'A loaf on a table', 'warm', array['#000000'], 'left',
    'RENDERED'
  from made, generate_series(0, 3) p;
insert into artifacts (id, generation_id, concept_id, type, content, metadata)
  select pg_temp.uuid_at(m.at), m.id, c.id, 'IMAGE', 'generations/' || m.id || '/' || c.id || '.jpg',
    jsonb_build_object('width', 1280, 'height', 720, 'bytes', 90000, 'format', 'jpeg', 'background_key',
      'generations/' || m.id || '/' || c.id || '.background', 'text_layer', jsonb_build_object('text', 'Finally'))
  from made m join concepts c on c.generation_id = m.id;
insert into artifacts (id, generation_id, type, content) select pg_temp.uuid_at(at), id, 'TEXT', 'A title'
  from made, generate_series(1, 5);
"""


async def fill(owner: asyncpg.Connection, count: int, days: int, *, whole: bool) -> None:
    began = time.perf_counter()
    await owner.execute(FILL.format(count=count, days=days, owners=OWNERS) + (WHOLE if whole else ""))
    await owner.execute("drop table made")
    await owner.execute("vacuum analyze")
    print(f"stored {count} generations in {time.perf_counter() - began:.0f} s")


async def ask(database: servers.TestDatabase, owner: asyncpg.Connection, waits_ms: list[float]) -> None:
    """The status of generations that are anonymized meanwhile, as the gateway asks for it."""
    gateway = await asyncpg.connect(database.url("gateway"))
    rows = await owner.fetch(
        "select user_id, id from generations where user_id is not null order by random() limit 500"
    )
    for row in rows * 100:
        began = time.perf_counter()
        await gateway.fetch(STATUS, row["user_id"], row["id"])
        waits_ms.append((time.perf_counter() - began) * 1000)
        await asyncio.sleep(EVERY_S)


async def anonymize(database: servers.TestDatabase, owner: asyncpg.Connection, folder: Path) -> None:
    db = Database(database.url("retention"), budget_s=60)
    await db.open()
    batches, waits_ms = list[float](), list[float]()

    async def step(_tx: object, _amount: object) -> None:
        batches.append(time.perf_counter())

    asking = asyncio.create_task(ask(database, owner, waits_ms))
    await asyncio.sleep(0.5)
    began = time.perf_counter()
    await runs.run(db, in_folder(folder / "store"), GENERATIONS, days=30, step=step)
    seconds = batches[-1] - began
    asking.cancel()
    due = await owner.fetchval("select rows_changed from retention_runs")
    longest = max(b - a for a, b in zip([began, *batches], batches, strict=False))
    p99 = statistics.quantiles(waits_ms, n=100)[98]
    print(
        f"{due / seconds:.0f} generations a second; the longest batch, which holds its locks, {longest * 1000:.0f} ms"
    )
    print(f"status meanwhile, 20 a second: p50 {statistics.median(waits_ms):.1f} ms, p99 {p99:.1f} ms")
    await db.close()


async def plan(database: servers.TestDatabase) -> None:
    db = Database(database.url("retention"), budget_s=60)
    await db.open()
    for _ in range(3):
        planned = await runs.plan(db, GENERATIONS, days=30)
        print(f"plan: {planned.rows} generations and {planned.objects} objects due, in {planned.seconds:.2f} s")
    await db.close()


async def main(due: int, stored: int, folder: Path) -> None:
    with servers.postgres_server(folder) as postgres_url:
        database = await servers.create_database(postgres_url)
        owner = await asyncpg.connect(database.owner_url)
        await owner.execute("set search_path = vision3")
        await owner.execute(UUID_AT)
        await owner.execute(
            "insert into users (id, clerk_id) select gen_random_uuid(), n::text from generate_series(1, $1) n", OWNERS
        )
        await fill(owner, due, 31, whole=True)
        await anonymize(database, owner, folder)
        await fill(owner, stored, 1, whole=False)
        await fill(owner, stored // 100, 31, whole=True)
        await plan(database)
        await owner.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--due", type=int, default=20_000)
    parser.add_argument("--stored", type=int, default=1_000_000)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o755)  # the embedded Postgres runs as a user of its own
        asyncio.run(main(chosen.due, chosen.stored, Path(name)))

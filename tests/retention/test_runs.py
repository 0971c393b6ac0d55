"""A run takes what is old and settled, all of it, once; everything else stays as it is."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from common.db import Database, Tx
from common.storage import ObjectStore
from retention import runs
from retention.policies import GENERATIONS
from tests.retention.conftest import CANARY, Archive, files, snapshot, tables_with
from tests.support.servers import TestDatabase

OBJECTS_EACH = 5  # two pictures, an edit, two backgrounds


async def run(db: Database, store: ObjectStore, *, batch: int = 200) -> tuple[int, int]:
    done = await runs.run(db, store, GENERATIONS, days=30, batch=batch)
    return done.rows, done.objects


async def plan(db: Database) -> tuple[int, int]:
    planned = await runs.plan(db, GENERATIONS, days=30)
    return planned.rows, planned.objects


async def test_no_word_and_no_picture_is_left(
    db: Database, store: ObjectStore, owner: asyncpg.Connection, archive: Archive, objects: Path
):
    for status in ("COMPLETED", "FAILED"):
        await archive.generation(days=31, status=status)
    assert await tables_with(owner, CANARY) == {"generations", "concepts", "artifacts", "idempotency_keys"}
    assert len(files(objects)) == 2 * OBJECTS_EACH
    assert await run(db, store) == (2, 2 * OBJECTS_EACH)
    assert await tables_with(owner, CANARY) == set()
    assert files(objects) == []
    assert await owner.fetchval("select count(*) from objects_to_delete") == 0


async def test_nothing_leads_from_a_generation_to_its_user_but_the_ledger(
    db: Database, store: ObjectStore, owner: asyncpg.Connection, archive: Archive
):
    await archive.generation(days=31)
    await run(db, store)
    assert await tables_with(owner, str(archive.user)) == {"users", "credit_entries"}


async def test_type_status_counts_durations_and_costs_stay(
    db: Database, store: ObjectStore, owner: asyncpg.Connection, archive: Archive
):
    kept = """select type, status, requested_count, credits_charged, failure_code, created_at, completed_at,
                (select count(*) from concepts c where c.generation_id = g.id and mood = 'warm' and position >= 0),
                (select count(*) from artifacts a where a.generation_id = g.id and parent_id is null),
                (select count(*) from artifacts a where a.generation_id = g.id and parent_id is not null)
              from generations g"""
    await archive.generation(days=31)
    before = await owner.fetchrow(kept)
    await run(db, store)
    assert await owner.fetchrow(kept) == before
    rows = await owner.fetch("select type, metadata from artifacts")
    pictures = [json.loads(row["metadata"]) for row in rows if row["type"] == "IMAGE"]
    assert (
        pictures
        == [
            {
                "width": 1280,
                "height": 720,
                "bytes": 50_000,
                "format": "jpeg",
                "contrast": 7.5,
                "provider": "local",
                "model": None,
                "cost_microcents": 3,
                "provider_ms": 12,
            }
        ]
        * 3
    )


async def test_newer_and_unsettled_generations_are_not_touched(
    db: Database, store: ObjectStore, owner: asyncpg.Connection, archive: Archive, objects: Path
):
    await archive.generation(days=29.9)
    await archive.generation(days=400, status="PENDING")
    before, kept = await snapshot(owner), sorted(files(objects))
    assert await run(db, store) == (0, 0)
    assert await snapshot(owner) == before
    assert sorted(files(objects)) == kept


async def test_a_second_run_changes_nothing(
    db: Database, store: ObjectStore, owner: asyncpg.Connection, archive: Archive
):
    await archive.generation(days=31)
    await run(db, store)
    after_first = await snapshot(owner)
    assert await run(db, store) == (0, 0)
    assert await snapshot(owner) == after_first


async def test_a_plan_counts_what_the_run_then_takes_and_changes_nothing(
    db: Database, store: ObjectStore, owner: asyncpg.Connection, archive: Archive, objects: Path
):
    for days in (31, 32, 33, 5):
        await archive.generation(days=days)
    before, kept = await snapshot(owner), sorted(files(objects))
    promised = await plan(db)
    assert await snapshot(owner) == before
    assert sorted(files(objects)) == kept
    assert await run(db, store, batch=2) == promised == (3, 3 * OBJECTS_EACH)


async def test_each_run_is_a_row(db: Database, store: ObjectStore, owner: asyncpg.Connection, archive: Archive):
    await archive.generation(days=31)
    await plan(db)
    await run(db, store)
    [row] = await owner.fetch("select * from retention_runs")
    assert (row["policy"], row["rows_changed"], row["objects"], row["outcome"]) == (
        "generations",
        1,
        OBJECTS_EACH,
        "done",
    )
    assert row["finished_at"] >= row["started_at"]
    assert abs(datetime.now(UTC) - timedelta(days=30) - row["cutoff"]) < timedelta(minutes=1)


class Killed(BaseException):
    """What a killed process looks like from inside: nothing is caught, nothing is tidied up."""


class DiesAfter(Database):
    """Retention's pool in a process that is killed when it begins its n-th transaction."""

    def left(self, transactions: int) -> DiesAfter:
        self._left = transactions
        return self

    @asynccontextmanager
    async def tx(self, *, budget_s: float | None = None) -> AsyncIterator[Tx]:
        if self._left == 0:
            raise Killed
        self._left -= 1
        async with super().tx(budget_s=budget_s) as tx:
            yield tx


@pytest.mark.parametrize("transactions", range(1, 9))
async def test_killed_between_any_two_transactions_the_next_run_finishes(
    db: Database,
    store: ObjectStore,
    owner: asyncpg.Connection,
    archive: Archive,
    objects: Path,
    database: TestDatabase,
    transactions: int,
):
    """In all nine: the run's row, three batches, the one without work, the row's end, the sweep's three."""
    for _ in range(3):
        await archive.generation(days=31)
    dying = DiesAfter(database.url("retention")).left(transactions)
    await dying.open()
    with pytest.raises(Killed):
        await run(dying, store, batch=1)
    await dying.close()
    taken = await owner.fetchval("select count(*) from generations where anonymized_at is not null")
    assert taken == min(transactions - 1, 3)
    assert await owner.fetchval("select rows_changed from retention_runs") == taken
    await run(db, store, batch=1)
    assert await tables_with(owner, CANARY) == set()
    assert files(objects) == []
    assert await owner.fetchval("select sum(rows_changed) from retention_runs") == 3
    assert await owner.fetchval("select sum(objects) from retention_runs") == 3 * OBJECTS_EACH


async def test_a_run_that_fails_says_so_in_its_row(
    db: Database, store: ObjectStore, owner: asyncpg.Connection, archive: Archive, monkeypatch: pytest.MonkeyPatch
):
    await archive.generation(days=31)
    before = await snapshot(owner)

    async def breaks(tx: Tx, *_: object) -> None:
        await tx.execute("select 1/0")

    monkeypatch.setattr("retention.queries.mark_anonymized", breaks)
    with pytest.raises(asyncpg.DivisionByZeroError):
        await run(db, store)
    row = await owner.fetchrow("select * from retention_runs")
    assert (row["outcome"], row["error"], row["rows_changed"]) == ("failed", "DivisionByZeroError", 0)
    assert await snapshot(owner) == before


async def test_a_generation_that_an_edit_holds_waits_for_the_next_run(
    db: Database,
    store: ObjectStore,
    owner: asyncpg.Connection,
    archive: Archive,
    database: TestDatabase,
):
    held = await archive.generation(days=31)
    await archive.generation(days=31)
    editing = Database(database.url("imager"))
    await editing.open()
    async with editing.tx() as tx:
        assert await tx.fetchval("select hold_generation($1)", held)
        assert (await run(db, store))[0] == 1
    assert (await run(db, store))[0] == 1
    async with editing.tx() as tx:
        assert not await tx.fetchval("select hold_generation($1)", held)
    await editing.close()


async def test_an_edit_that_comes_while_a_batch_is_under_way_waits_and_is_told_no(
    db: Database, owner: asyncpg.Connection, archive: Archive, database: TestDatabase
):
    generation_id = await archive.generation(days=31)
    editing = Database(database.url("imager"))
    await editing.open()

    async def hold() -> bool:
        async with editing.tx() as tx:
            return await tx.fetchval("select hold_generation($1)", generation_id)

    async with db.tx() as tx:
        await tx.execute("select from generations where id = $1 for no key update", generation_id)
        asked = asyncio.create_task(hold())
        await asyncio.sleep(0.2)
        assert not asked.done()
        await tx.execute("update generations set anonymized_at = now() where id = $1", generation_id)
    assert await asked is False
    await editing.close()


async def test_two_runs_at_once_share_the_work(
    db: Database, store: ObjectStore, owner: asyncpg.Connection, archive: Archive
):
    for _ in range(8):
        await archive.generation(days=31, pictures=1, edited=False)
    both = await asyncio.gather(run(db, store, batch=1), run(db, store, batch=1))
    assert sum(generations for generations, _ in both) == 8
    assert sum(count for _, count in both) == 16
    assert await tables_with(owner, CANARY) == set()

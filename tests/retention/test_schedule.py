"""Once a turn, by one of any number; a missed turn is made up for, and a failed one tried again later."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from common.db import Database, Tx, Unavailable
from common.ids import uuid7
from common.storage import ObjectStore
from retention import runs
from retention.inventory import NAME
from retention.policies import POLICIES
from retention.queries import Amount
from retention.schedule import OLDEST, OVERDUE, Schedule
from tests.retention.conftest import CANARY, Archive, tables_with

SUNDAYS = "0 3 * * 0"
RUNS = "select policy, outcome, scheduled from retention_runs order by started_at, id"
ALL = [*(policy.name for policy in POLICIES), NAME]


def schedule(db: Database, store: ObjectStore, cron: str = SUNDAYS, zone: str = "UTC") -> Schedule:
    return Schedule(db, store, cron, ZoneInfo(zone), {policy: policy.days for policy in POLICIES})


async def outcomes(owner: asyncpg.Connection) -> list[str]:
    return [row["outcome"] for row in await owner.fetch(RUNS)]


@pytest.mark.parametrize(
    ("now", "zone", "turn"),
    [
        ("2026-11-27T12:00:00", "UTC", "2026-11-22T03:00:00"),
        ("2026-11-22T03:00:00", "UTC", "2026-11-22T03:00:00"),
        ("2026-11-22T02:59:59", "UTC", "2026-11-15T03:00:00"),
        ("2026-11-22T02:30:00", "Europe/Berlin", "2026-11-22T02:00:00"),
        ("2026-07-01T00:00:00", "Europe/Berlin", "2026-06-28T01:00:00"),  # summer time
        ("2026-03-29T01:30:00", "Europe/Berlin", "2026-03-29T01:00:00"),  # the night without a two o'clock
        ("2026-10-25T02:30:00", "Europe/Berlin", "2026-10-25T02:00:00"),  # the night with two of them
    ],
)
def test_a_turn_is_by_the_clock_of_the_zone(db: Database, store: ObjectStore, now: str, zone: str, turn: str):
    at = schedule(db, store, zone=zone).last_turn(datetime.fromisoformat(now).replace(tzinfo=UTC))
    assert at == datetime.fromisoformat(turn).replace(tzinfo=UTC)


async def test_what_is_old_goes_in_its_turn_and_only_once(
    db: Database, store: ObjectStore, owner: asyncpg.Connection, archive: Archive
):
    await archive.generation(days=31)
    turns = schedule(db, store)
    await turns.look()
    assert await tables_with(owner, CANARY) == set()
    assert [tuple(row) for row in await owner.fetch(RUNS)] == [(name, "done", True) for name in ALL]
    await turns.look()
    assert len(await outcomes(owner)) == len(ALL)


async def test_a_turn_that_was_missed_is_made_up_for_at_the_next_start(
    db: Database, store: ObjectStore, owner: asyncpg.Connection, database: object
):
    await schedule(db, store).look()
    await owner.execute("update retention_runs set started_at = started_at - interval '7 days'")
    await owner.execute("update leases set until = now()")
    await schedule(db, store).look()
    assert len(await outcomes(owner)) == 2 * len(ALL)


async def test_of_several_replicas_and_a_run_by_hand_none_does_it_twice(
    db: Database, store: ObjectStore, owner: asyncpg.Connection, archive: Archive
):
    for _ in range(6):
        await archive.generation(days=31)
    await asyncio.gather(*(schedule(db, store).look() for _ in range(5)))
    rows = await owner.fetch("select rows_changed from retention_runs where policy = 'generations'")
    assert [row["rows_changed"] for row in rows] == [6]
    assert await tables_with(owner, CANARY) == set()


async def test_a_run_whose_process_died_is_taken_over(
    db: Database, store: ObjectStore, owner: asyncpg.Connection, archive: Archive
):
    await archive.generation(days=31)
    await owner.execute(
        "insert into retention_runs (id, policy, cutoff, scheduled) values ($1, 'generations', now(), true)", uuid7()
    )
    await schedule(db, store).look()
    rows = await owner.fetch("select outcome, error from retention_runs where policy = 'generations' order by id")
    assert [tuple(row) for row in rows] == [("failed", "its process ended"), ("done", None)]
    assert await tables_with(owner, CANARY) == set()


async def test_a_run_that_failed_is_tried_again_after_an_hour(
    db: Database, store: ObjectStore, owner: asyncpg.Connection, archive: Archive
):
    await archive.generation(days=31)
    await owner.execute("alter table generations add constraint stuck check (anonymized_at is null) not valid")
    try:
        with pytest.raises(asyncpg.CheckViolationError):
            await schedule(db, store).look()
    finally:
        await owner.execute("alter table generations drop constraint stuck")
    assert await outcomes(owner) == ["failed"]
    await schedule(db, store).look()
    assert "generations" not in [row["policy"] for row in await owner.fetch(RUNS) if row["outcome"] == "done"]
    await owner.execute("update retention_runs set finished_at = finished_at - interval '61 minutes'")
    await owner.execute("update leases set until = now()")
    await schedule(db, store).look()
    assert await tables_with(owner, CANARY) == set()


async def test_how_long_something_is_overdue_is_shown(
    db: Database, store: ObjectStore, owner: asyncpg.Connection, archive: Archive
):
    await archive.generation(days=33)
    await owner.execute("update generations set status = 'PENDING'")  # nothing is done about it yet
    await schedule(db, store).look()
    assert OVERDUE._value.get() == 0
    await owner.execute("update generations set status = 'COMPLETED'")
    await schedule(db, store).look()
    assert abs(OVERDUE._value.get() - timedelta(days=3).total_seconds()) < 60
    assert abs(OLDEST._value.get() - timedelta(days=33).total_seconds()) < 60


async def test_a_postgres_that_goes_away_in_the_middle_ends_the_run_and_the_next_finishes(
    db: Database, store: ObjectStore, owner: asyncpg.Connection, archive: Archive, postgres_url: str
):
    """As a restart does it: every connection is gone."""
    superuser = await asyncpg.connect(postgres_url)
    for _ in range(4):
        await archive.generation(days=31)

    async def restart(_tx: Tx, _amount: Amount) -> None:
        await superuser.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'vision3_retention'"
        )

    with pytest.raises(Unavailable):
        await runs.run(db, store, POLICIES[0], days=30, step=restart)
    await superuser.close()
    assert await outcomes(owner) == ["failed"]
    await owner.execute("update retention_runs set finished_at = finished_at - interval '61 minutes'")
    assert await owner.fetchval("select count(*) from generations where anonymized_at is null") == 4
    await schedule(db, store).look()
    assert await tables_with(owner, CANARY) == set()

"""Objects follow their rows, now or when the store is back."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import asyncpg

from common.db import Database
from common.storage import ObjectStore
from common.store_settings import StoreSettings
from retention import runs
from retention.policies import GENERATIONS
from retention.sweeper import BATCH, Sweeper
from tests.retention.conftest import CANARY, Archive, files, tables_with
from tests.support.stores import Bucket, in_bucket


async def tombstones(owner: asyncpg.Connection) -> list[tuple[str, int]]:
    return [tuple(row) for row in await owner.fetch("select key, attempts from objects_to_delete order by key")]


def take_away(objects: Path) -> None:
    """The store's folder is a file now: every call fails."""
    objects.rename(objects.with_name("away"))
    objects.write_text("no folder")


def bring_back(objects: Path) -> None:
    objects.unlink()
    objects.with_name("away").rename(objects)


async def condemn(owner: asyncpg.Connection, *keys: str) -> None:
    await owner.executemany("insert into objects_to_delete (key) values ($1)", [(key,) for key in keys])


async def test_with_the_store_away_the_notes_wait_and_the_objects_go_later(
    db: Database, store: ObjectStore, owner: asyncpg.Connection, archive: Archive, objects: Path
):
    await archive.generation(days=31)
    take_away(objects)
    done = await runs.run(db, store, GENERATIONS, days=30)
    assert (done.rows, done.objects) == (1, 5)
    assert await tables_with(owner, CANARY) == set()
    assert [attempts for _, attempts in await tombstones(owner)] == [1] * 5
    await Sweeper(db, store).sweep()
    assert [attempts for _, attempts in await tombstones(owner)] == [2] * 5

    bring_back(objects)
    assert len(files(objects)) == 5
    await Sweeper(db, store).sweep()
    assert (files(objects), await tombstones(owner)) == ([], [])


async def test_objects_that_are_gone_already_are_fine(
    db: Database, store: ObjectStore, owner: asyncpg.Connection, database: object
):
    await condemn(owner, "never/was", "nor/this")
    await Sweeper(db, store).sweep()
    assert await tombstones(owner) == []


async def test_more_than_a_batch_is_swept_at_once(
    db: Database, store: ObjectStore, owner: asyncpg.Connection, database: object, objects: Path
):
    keys = [f"some/{number}" for number in range(BATCH * 2 + 1)]
    for key in keys:
        await store.put(key, b"x")
    await condemn(owner, *keys)
    await Sweeper(db, store).sweep()
    assert (files(objects), await tombstones(owner)) == ([], [])


async def test_objects_that_never_go_hold_up_no_other_for_long(
    db: Database, store: ObjectStore, owner: asyncpg.Connection, database: object, objects: Path
):
    """A whole batch of them comes first; once they have failed they come last."""
    stuck = [f"a-folder-{number}" for number in range(BATCH)]
    for key in stuck:
        await store.put(f"{key}/inside", b"x")
    await store.put("some/object", b"x")
    await condemn(owner, *stuck, "some/object")
    await owner.execute("update objects_to_delete set requested_at = now() + interval '1 s' where key = 'some/object'")
    await Sweeper(db, store).sweep()
    await Sweeper(db, store).sweep()
    assert {key for key, _ in await tombstones(owner)} == set(stuck)


async def test_objects_go_from_a_bucket_too(
    db: Database, owner: asyncpg.Connection, database: object, user: UUID, bucket: Bucket
):
    store = bucket.store()
    await Archive(owner, store, user).generation(days=31)
    done = await runs.run(db, store, GENERATIONS, days=30)
    assert (done.rows, done.objects, await tombstones(owner)) == (1, 5, [])
    assert bucket.keys() == []


async def test_without_its_bucket_the_notes_wait(
    db: Database, owner: asyncpg.Connection, database: object, s3_endpoint: str
):
    """Its objects may be there again tomorrow."""
    await condemn(owner, "some/object")
    await Sweeper(db, ObjectStore(StoreSettings(**in_bucket(s3_endpoint, "no-such-bucket")))).sweep()
    assert await tombstones(owner) == [("some/object", 1)]

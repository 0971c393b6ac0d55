"""Objects that no row names go once they are a day old; rows without their object are named."""

from __future__ import annotations

import os
import time
from pathlib import Path

import asyncpg
import pytest

from common.db import Database
from common.ids import uuid7
from common.storage import ObjectStore, StoreAway
from common.store_settings import StoreSettings
from retention import inventory
from retention.inventory import Stocktaker
from tests.retention.conftest import Archive, files
from tests.support.stores import Bucket, in_bucket

DAY_S = 86_400


@pytest.fixture
def stocktaker(db: Database, store: ObjectStore) -> Stocktaker:
    return Stocktaker(db, store)


def age(objects: Path, seconds: float = 2 * DAY_S) -> None:
    for file in files(objects):
        os.utime(file, (time.time() - seconds,) * 2)


async def orphan(store: ObjectStore, *names: str) -> list[str]:
    keys = [f"generations/{uuid7()}/{uuid7()}{name}" for name in names]
    for key in keys:
        await store.put(key, b"x")
    return keys


async def test_what_no_row_names_goes_and_what_rows_name_stays(
    stocktaker: Stocktaker, store: ObjectStore, archive: Archive, objects: Path, owner: asyncpg.Connection
):
    await archive.generation(days=1)
    kept = files(objects)
    await orphan(store, ".jpg", ".background", ".jpg")
    age(objects)
    found = await stocktaker.take()
    assert (found.objects, found.orphans, found.rows, found.missing) == (5 + 3, 3, 3, 0)
    assert sorted(files(objects)) == sorted(kept)
    row = await owner.fetchrow("select policy, objects, outcome from retention_runs")
    assert tuple(row) == ("stored objects", 3, "done")
    assert (await stocktaker.take()).orphans == 0


async def test_the_background_of_a_picture_that_is_being_made_stays(
    stocktaker: Stocktaker, store: ObjectStore, archive: Archive, objects: Path, owner: asyncpg.Connection
):
    """Its concept names it, before there is an artifact."""
    generation = await archive.generation(days=1, status="PENDING")
    concept = await owner.fetchval("select id from concepts limit 1")
    await owner.execute("delete from artifacts")
    age(objects)
    await stocktaker.take()
    assert f"generations/{generation}/{concept}.background" in {str(f.relative_to(objects)) for f in files(objects)}


async def test_what_is_younger_than_a_day_may_still_get_its_row(
    stocktaker: Stocktaker, store: ObjectStore, objects: Path, owner: asyncpg.Connection
):
    await orphan(store, ".jpg")
    age(objects, DAY_S - 60)
    assert (await stocktaker.take()).orphans == 0
    assert len(files(objects)) == 1


async def test_a_look_changes_nothing(
    stocktaker: Stocktaker, store: ObjectStore, objects: Path, owner: asyncpg.Connection
):
    await orphan(store, ".jpg")
    age(objects)
    assert (await stocktaker.take(delete=False)).orphans == 1
    assert len(files(objects)) == 1
    assert await owner.fetchval("select count(*) from objects_to_delete") == 0


async def test_what_is_not_ours_is_left_alone(
    stocktaker: Stocktaker, store: ObjectStore, objects: Path, owner: asyncpg.Connection
):
    for key in ("backup.tar", "generations/readme.txt", f"generations/{uuid7()}/{uuid7()}.png", "generations/x/y.jpg"):
        await store.put(key, b"x")
    age(objects)
    found = await stocktaker.take()
    assert (found.objects, found.orphans, len(files(objects))) == (4, 0, 4)


async def test_what_is_noted_for_deletion_is_no_news(
    stocktaker: Stocktaker, store: ObjectStore, objects: Path, owner: asyncpg.Connection
):
    [key] = await orphan(store, ".jpg")
    await owner.execute("insert into objects_to_delete (key) values ($1)", key)
    age(objects)
    assert (await stocktaker.take()).orphans == 0
    assert files(objects) == []


async def test_a_row_without_its_object_is_named_and_stays(
    stocktaker: Stocktaker, archive: Archive, objects: Path, owner: asyncpg.Connection
):
    await archive.generation(days=1)
    lost = next(file for file in files(objects) if file.suffix == ".jpg")
    lost.unlink()
    found = await stocktaker.take()
    assert (found.missing, found.missing_keys) == (1, [str(lost.relative_to(objects))])
    assert inventory.MISSING._value.get() == 1
    assert await owner.fetchval("select count(*) from artifacts where content is not null and type = 'IMAGE'") == 3


async def test_batches_leave_nothing_out(
    stocktaker: Stocktaker,
    store: ObjectStore,
    archive: Archive,
    objects: Path,
    owner: asyncpg.Connection,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(inventory, "BATCH", 2)
    await archive.generation(days=1)
    await orphan(store, *[".jpg"] * 5)
    age(objects)
    found = await stocktaker.take()
    assert (found.objects, found.orphans, found.rows) == (10, 5, 3)


async def test_a_store_that_is_away_is_a_failed_run(db: Database, s3_endpoint: str, owner: asyncpg.Connection):
    store = ObjectStore(StoreSettings(**in_bucket(s3_endpoint, "no-such-bucket")))
    with pytest.raises(StoreAway):
        await Stocktaker(db, store).take()
    assert await owner.fetchval("select outcome from retention_runs") == "failed"


async def test_a_bucket_is_looked_through_too(
    db: Database, archive: Archive, bucket: Bucket, owner: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(inventory, "YOUNG", inventory.YOUNG * 0)
    store = bucket.store()
    await Archive(owner, store, archive.user).generation(days=1)
    await orphan(store, ".jpg", ".background")
    found = await Stocktaker(db, store).take()
    assert (found.objects, found.orphans, found.rows, found.missing) == (7, 2, 3, 0)
    assert len(bucket.keys()) == 5

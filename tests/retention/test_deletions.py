"""What users delete is forgotten whatever its age, once nobody can be working on it."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from common.db import Database
from common.storage import ObjectStore
from retention.deletions import Deletions
from retention.sweeper import Sweeper
from tests.retention.conftest import CANARY, Archive, files, tables_with

IDLE = "update generations set deadline_at = now() - interval '1 second'"


@pytest.fixture
def deletions(db: Database, store: ObjectStore) -> Deletions:
    return Deletions(db, Sweeper(db, store))


async def delete(owner: asyncpg.Connection, generation: UUID) -> None:
    await owner.execute("update generations set deleted_at = now() where id = $1", generation)


async def test_no_word_and_no_picture_of_it_is_left_and_others_stay(
    deletions: Deletions, owner: asyncpg.Connection, archive: Archive, objects: Path
):
    kept, gone = await archive.generation(days=1), await archive.generation(days=1)
    await owner.execute(IDLE)
    await delete(owner, gone)
    await deletions.carry_out()
    left = await owner.fetch("select id from generations where anonymized_at is null")
    assert [row["id"] for row in left] == [kept]
    assert len(files(objects)) == 5
    await delete(owner, kept)
    await deletions.carry_out()
    assert await tables_with(owner, CANARY) == set()
    assert files(objects) == []
    assert await owner.fetchval("select count(*) from objects_to_delete") == 0


async def test_one_that_may_still_be_worked_on_waits(
    deletions: Deletions, owner: asyncpg.Connection, archive: Archive, objects: Path
):
    """A picture that was being painted when it was cancelled may come until the deadline."""
    pending = await archive.generation(days=1, status="PENDING")
    settled = await archive.generation(days=1)
    for generation in (pending, settled):
        await delete(owner, generation)
    await deletions.carry_out()
    assert await owner.fetchval("select count(*) from generations where anonymized_at is not null") == 0
    await owner.execute(IDLE)
    await deletions.carry_out()
    row = await owner.fetchrow("select id, status from generations where anonymized_at is not null")
    assert (row["id"], row["status"]) == (settled, "COMPLETED")


async def test_the_background_of_a_picture_that_never_came_goes_too(
    deletions: Deletions, owner: asyncpg.Connection, archive: Archive, store: ObjectStore, objects: Path
):
    generation = await archive.generation(days=1, pictures=1, edited=False)
    await owner.execute("delete from artifacts where type = 'IMAGE'")
    await owner.execute("update concepts set status = 'FAILED'")
    await owner.execute(IDLE)
    await delete(owner, generation)
    await deletions.carry_out()
    assert [file.suffix for file in files(objects)] == [".jpg"]

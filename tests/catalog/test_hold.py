"""hold_generation: while an edit is under way its generation is not anonymized, and afterwards none begins."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from tests.catalog.world import ALICES_GENERATION, NEW
from tests.support.servers import TestDatabase

HOLD = "select hold_generation($1)"
ANONYMIZE = "update generations set user_id = null, user_prompt = null, anonymized_at = now() where id = $1"


@pytest.fixture
async def imager(world: TestDatabase) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(world.url("imager"))
    yield connection
    await connection.close()


@pytest.fixture
async def retention(world: TestDatabase) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(world.url("retention"))
    yield connection
    await connection.close()


async def still_waits(task: asyncio.Task[object]) -> bool:
    done, _ = await asyncio.wait({task}, timeout=0.3)
    return not done


async def test_anonymizing_waits_for_the_edit(imager: asyncpg.Connection, retention: asyncpg.Connection):
    editing = imager.transaction()
    await editing.start()
    assert await imager.fetchval(HOLD, ALICES_GENERATION)
    anonymizing = asyncio.create_task(retention.execute(ANONYMIZE, ALICES_GENERATION))
    assert await still_waits(anonymizing)
    await editing.commit()
    assert await anonymizing == "UPDATE 1"


async def test_an_edit_that_waited_for_the_anonymizing_does_not_begin(
    imager: asyncpg.Connection, retention: asyncpg.Connection
):
    anonymizing = retention.transaction()
    await anonymizing.start()
    await retention.execute(ANONYMIZE, ALICES_GENERATION)
    holding = asyncio.create_task(imager.fetchval(HOLD, ALICES_GENERATION))
    assert await still_waits(holding)
    await anonymizing.commit()
    assert await holding is False


async def test_two_edits_of_one_generation_do_not_wait_for_one_another(world: TestDatabase, imager: asyncpg.Connection):
    other = await asyncpg.connect(world.url("imager"))
    async with imager.transaction(), other.transaction():
        assert await imager.fetchval(HOLD, ALICES_GENERATION)
        assert await asyncio.wait_for(other.fetchval(HOLD, ALICES_GENERATION), timeout=1)
    await other.close()


async def test_a_generation_that_nobody_knows_cannot_be_held(imager: asyncpg.Connection):
    assert await imager.fetchval(HOLD, NEW) is False

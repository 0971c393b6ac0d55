"""A buyer, billing's own role, and a worker on it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import pytest
from billing.plans import Shop
from billing.worker import Worker
from common.db import Database
from common.ids import uuid7
from common.outbox import Outbox

from tests.support import lemonsqueezy
from tests.support.servers import TestDatabase

SHOP = Shop(packs={lemonsqueezy.PACK_VARIANT: 50}, store_id=lemonsqueezy.STORE_ID)


@pytest.fixture
async def db(database: TestDatabase) -> AsyncIterator[Database]:
    pool = Database(database.url("billing"), size=25)
    await pool.open()
    yield pool
    await pool.close()


@pytest.fixture
async def buyer(owner: asyncpg.Connection, database: TestDatabase) -> UUID:
    """A user with 20 credits."""
    return await owner.fetchval("select provision_user($1, $2, 'user_of_clerk')", uuid7(), uuid7())


@pytest.fixture
def worker(db: Database) -> Worker:
    return Worker(db, Outbox("vision3/billing"), SHOP)

"""What commands are run on."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from common.db import Database
from tests.support.servers import TestDatabase


@pytest.fixture
def elsewhere(database: TestDatabase) -> dict[str, str]:
    """A database that the environment names, and no NATS."""
    return {"VISION3_DATABASE_URL": database.owner_url, "VISION3_NATS_URL": "", "COLUMNS": "250"}


@pytest.fixture
async def db(database: TestDatabase) -> AsyncIterator[Database]:
    """As billing's role."""
    pool = Database(database.url("billing"))
    await pool.open()
    yield pool
    await pool.close()

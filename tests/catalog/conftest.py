"""A database with two users in it, and the credit functions over an empty one."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest

from tests.catalog.ledger import Ledger, open_ledger
from tests.catalog.world import populate
from tests.support.servers import TestDatabase


@pytest.fixture
async def world(database: TestDatabase, owner: asyncpg.Connection) -> TestDatabase:
    await populate(owner)
    return database


@pytest.fixture
async def ledger(database: TestDatabase, owner: asyncpg.Connection) -> AsyncIterator[Ledger]:
    async with open_ledger(database, owner) as ledger:
        yield ledger

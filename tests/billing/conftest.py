"""A buyer, billing's own role, and a worker on it."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg
import httpx2
import pytest

from billing.plans import Shop
from billing.worker import Worker
from common.db import Database
from common.ids import uuid7
from common.outbox import Outbox
from tests.support import lemonsqueezy
from tests.support.processes import until
from tests.support.servers import TestDatabase
from vision3.servers.ports import free_port

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


@asynccontextmanager
async def billing_process(database_url: str, nats_url: str, **settings: str) -> AsyncIterator[httpx2.AsyncClient]:
    """`python -m billing.app`, and a client that talks to it."""
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "VISION3_DATABASE_URL": database_url,
        "VISION3_NATS_URL": nats_url,
        "VISION3_HTTP_PORT": str(port),
        **{f"VISION3_{name}": value for name, value in settings.items()},
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "billing.app", env=environment, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=10) as client:
            await until(lambda: _lives(client), "billing to live")
            yield client
    finally:
        if process.returncode is None:
            process.terminate()
        assert await process.wait() == 0


async def _lives(client: httpx2.AsyncClient) -> bool:
    try:
        return (await client.get("/livez")).is_success
    except httpx2.TransportError:
        return False

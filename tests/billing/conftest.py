"""A buyer, billing's own role, and a worker on it."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
import httpx2
import pytest

from billing import use_cases
from billing.plans import Plan, Shop
from billing.worker import Worker
from common.db import Database
from common.ids import uuid7
from common.outbox import Outbox
from tests.support import lemonsqueezy
from tests.support.lemonsqueezy.serving import OpenShop, open_shop
from tests.support.processes import until
from tests.support.servers import TestDatabase
from vision3.servers.ports import free_port

SHOP = Shop(
    packs={lemonsqueezy.PACK_VARIANT: 50},
    plans={
        lemonsqueezy.SUBSCRIPTION_VARIANT: Plan(tier="starter", credits=200),
        lemonsqueezy.PRO_VARIANT: Plan(tier="pro", credits=1000),
        lemonsqueezy.TRIAL_VARIANT: Plan(tier="starter", credits=200, free_grants=True),
    },
    store_id=lemonsqueezy.STORE_ID,
)


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
async def opened() -> AsyncIterator[OpenShop]:
    """The vendor: a shop with its API."""
    async with open_shop() as shop:
        yield shop


@pytest.fixture
def worker(db: Database) -> Worker:
    return Worker(db, Outbox("vision3/billing"), SHOP)


Happens = Callable[[dict[str, Any] | bytes], Awaitable[asyncpg.Record]]


@pytest.fixture
def happens(db: Database, worker: Worker, owner: asyncpg.Connection) -> Happens:
    """Delivers an event, lets the worker work on all that is due, and shows the event's row."""

    async def deliver(event: dict[str, Any] | bytes) -> asyncpg.Record:
        body = event if isinstance(event, bytes) else lemonsqueezy.to_bytes(event)
        async with db.tx() as tx:
            await use_cases.receive(tx, body)
        await worker.drain()
        row = await owner.fetchrow("select * from webhook_events where body_digest = sha256($1)", body)
        assert row is not None
        return row

    return deliver


async def account(owner: asyncpg.Connection, user_id: UUID) -> tuple[str, int]:
    """Tier and balance, which is what the ledger says."""
    row = await owner.fetchrow(
        """select subscription_tier, credits_remaining,
             (select coalesce(sum(amount), 0) from credit_entries where user_id = u.id) as ledger
           from users u where id = $1""",
        user_id,
    )
    assert row is not None
    assert row["credits_remaining"] == row["ledger"]
    return row["subscription_tier"], row["ledger"]


async def told(owner: asyncpg.Connection) -> int:
    """How many events of a changed account are in the outbox."""
    return await owner.fetchval("select count(*) from outbox where type = 'credits.changed.v1'")


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

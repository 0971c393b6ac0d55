"""`vision3 reconcile` on a real database, with billing's part beside it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from datetime import timedelta

import asyncpg
import httpx2
import pytest
from pydantic import SecretStr

from billing.lemonsqueezy_api import LemonSqueezyApi
from billing.plans import Shop
from billing.reconciliation.reconciler import Reconciler
from common.db import Database
from tests.cli.running import Command
from tests.support.lemonsqueezy import PACK_VARIANT, STORE_ID
from tests.support.lemonsqueezy.faults import Fault
from tests.support.lemonsqueezy.serving import OpenShop, open_shop
from tests.support.servers import TestDatabase
from vision3 import reconciliation
from vision3.errors import CommandError

SHOP = Shop(packs={PACK_VARIANT: 50}, store_id=STORE_ID)


@pytest.fixture
async def opened() -> AsyncIterator[OpenShop]:
    async with open_shop() as shop:
        yield shop


@asynccontextmanager
async def billing(db: Database, opened: OpenShop) -> AsyncIterator[None]:
    async def look(reconciler: Reconciler) -> None:
        while True:
            await reconciler.look()
            await asyncio.sleep(0.1)

    async with httpx2.AsyncClient(base_url=opened.url, trust_env=False) as client:
        api = LemonSqueezyApi(client, SecretStr(opened.key), STORE_ID)
        day = timedelta(days=1)
        looking = asyncio.create_task(look(Reconciler(db, SHOP, api, lambda: None, every=day, horizon=day)))
        yield
        looking.cancel()


@pytest.fixture
def reconcile(elsewhere: dict[str, str]) -> Command:
    return Command("reconcile", elsewhere)


async def stored(owner: asyncpg.Connection) -> int:
    return await owner.fetchval("select count(*) from webhook_events")


async def test_a_dry_run_lists_what_is_missing(
    reconcile: Command, db: Database, opened: OpenShop, owner: asyncpg.Connection
):
    await owner.execute(
        "insert into reconciliations (id, dry_run, started_at) values (gen_random_uuid(), false, now())"
    )
    order = opened.shop.buy(PACK_VARIANT).order
    async with billing(db, opened):
        shown, said = await reconcile("--dry-run")
    assert ("order_created" in shown, f"order:{order['id']}" in shown, "1 are missing" in said) == (True, True, True)
    assert await stored(owner) == 0


async def test_without_it_what_is_missing_is_worked_on(
    reconcile: Command, db: Database, opened: OpenShop, owner: asyncpg.Connection
):
    opened.shop.buy(PACK_VARIANT)
    async with billing(db, opened):
        document = json.loads((await reconcile("--json"))[0])
    assert (document["outcome"], document["resources"], await stored(owner)) == ("done", 1, 1)


async def test_a_failure_is_one_sentence(reconcile: Command, db: Database, opened: OpenShop, database: TestDatabase):
    opened.faults.plan(Fault(401), times=3)
    async with billing(db, opened):
        _, said = await reconcile(code=1)
    assert said.startswith("vision3: it failed after 0 resources: LemonSqueezy refuses the key")


async def test_without_billing_it_is_withdrawn(
    elsewhere: dict[str, str], owner: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(reconciliation, "BEGIN_S", 0.0)
    asked: Awaitable[object] = reconciliation.reconcile(owner, dry_run=True, wait_s=5, progress=lambda _: None)
    with pytest.raises(CommandError, match="billing did not begin"):
        await asked
    assert await owner.fetchval("select count(*) from reconciliations") == 0


async def test_what_takes_too_long_goes_on(reconcile: Command, owner: asyncpg.Connection):
    _, said = await reconcile("--wait", "1", code=1)
    assert said == "vision3: it is not over yet, and goes on: see --wait\n"
    assert await owner.fetchval("select count(*) from reconciliations") == 1

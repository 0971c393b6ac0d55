"""When the worker looks for what is due: at its start, when it is woken, and at each sweep."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg
import pytest

from billing import worker as worker_module
from billing.worker import Worker
from common.db import Database
from tests.billing.test_worker import deliver, packs
from tests.support.lemonsqueezy import order_created, to_bytes
from tests.support.processes import until


@asynccontextmanager
async def running(worker: Worker) -> AsyncIterator[None]:
    task = asyncio.create_task(worker.run())
    await asyncio.sleep(0.2)
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_woken_worker_does_not_wait_for_its_sweep(
    db: Database, worker: Worker, owner: asyncpg.Connection, buyer: UUID
):
    async with running(worker):
        await deliver(db, to_bytes(order_created(buyer)))
        worker.wake()
        await until(lambda: packs(owner), "the credits", seconds=3)


async def test_what_a_killed_process_left_is_worked_on_at_the_start(
    db: Database, worker: Worker, owner: asyncpg.Connection, buyer: UUID
):
    await deliver(db, to_bytes(order_created(buyer)))
    async with running(worker):
        await until(lambda: packs(owner), "the credits", seconds=3)


async def test_what_another_process_stored_is_found_by_the_sweep(
    db: Database, worker: Worker, owner: asyncpg.Connection, buyer: UUID, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(worker_module, "SWEEP_S", 0.3)
    async with running(worker):
        await deliver(db, to_bytes(order_created(buyer)))
        await until(lambda: packs(owner), "the credits", seconds=3)

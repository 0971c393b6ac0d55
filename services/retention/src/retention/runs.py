"""A run of a policy: small transactions until nothing is due, then the objects. It may be killed between any two."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from prometheus_client import Counter

from common.db import Database, Tx
from common.ids import uuid7
from common.storage import ObjectStore
from retention import queries, use_cases
from retention.policies import Policy
from retention.queries import Amount
from retention.sweeper import Sweeper

BATCH = 100

FORGOTTEN = Counter("vision3_retention_rows", "Rows that were forgotten", ["policy"])

Step = Callable[[Tx, Amount], Awaitable[None]]
"""Called in each batch's transaction with what the run has taken so far, that batch included."""


@dataclass(frozen=True, slots=True)
class Run:
    """What a run did, or would do. objects: noted for deletion; while the store is away, it still holds them."""

    policy: str
    cutoff: datetime
    rows: int
    objects: int
    seconds: float


async def _nothing(_tx: Tx, _amount: Amount) -> None:
    pass


async def run(
    db: Database,
    store: ObjectStore,
    policy: Policy,
    *,
    days: int,
    scheduled: bool = False,
    batch: int = BATCH,
    step: Step = _nothing,
) -> Run:
    """Forgets what is older than `days`. As retention's role; leaves a row in retention_runs, also when it fails."""
    started, run_id, cutoff = time.monotonic(), uuid7(), cutoff_of(days)
    async with db.tx() as tx:
        await queries.start_run(tx, run_id, policy.name, cutoff, scheduled=scheduled)
    try:
        amount = await _forget(db, policy, run_id, cutoff, batch, step)
    except Exception as error:
        await _end(db, run_id, "failed", type(error).__name__)
        raise
    await _end(db, run_id, "done")
    if policy.objects:
        await Sweeper(db, store).sweep()
    return Run(policy.name, cutoff, amount.rows, amount.objects, time.monotonic() - started)


async def plan(db: Database, policy: Policy, *, days: int) -> Run:
    """What a run would take now, to the row. Nothing is written."""
    started, cutoff = time.monotonic(), cutoff_of(days)
    async with db.tx() as tx:
        amount = await use_cases.count(tx, policy, cutoff)
    return Run(policy.name, cutoff, amount.rows, amount.objects, time.monotonic() - started)


def cutoff_of(days: int) -> datetime:
    return datetime.now(UTC) - timedelta(days=days)


async def _forget(db: Database, policy: Policy, run_id: UUID, cutoff: datetime, batch: int, step: Step) -> Amount:
    rows = objects = 0
    while True:
        async with db.tx() as tx:
            amount = await use_cases.forget_batch(tx, policy, run_id, cutoff, batch)
            rows, objects = rows + amount.rows, objects + amount.objects
            await step(tx, Amount(rows, objects))
        if amount.rows == 0:
            return Amount(rows, objects)
        FORGOTTEN.labels(policy.name).inc(amount.rows)


async def _end(db: Database, run_id: UUID, outcome: str, error: str | None = None) -> None:
    async with db.tx() as tx:
        await queries.end_run(tx, run_id, outcome, error)

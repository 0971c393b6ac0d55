"""A run of a policy: small transactions until nothing is due, then the objects. It may be killed between any two."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from common.db import Database
from common.ids import uuid7
from common.storage import ObjectStore
from retention import queries, use_cases
from retention.policies import Policy
from retention.queries import Amount
from retention.sweeper import Sweeper

BATCH = 200


@dataclass(frozen=True, slots=True)
class Run:
    """What a run did, or would do. objects: noted for deletion; while the store is away, it still holds them."""

    policy: str
    cutoff: datetime
    dry_run: bool
    generations: int
    objects: int
    seconds: float


async def run(
    db: Database, store: ObjectStore, policy: Policy, *, days: int, dry_run: bool = False, batch: int = BATCH
) -> Run:
    """Anonymizes what is older than `days`. As retention's role; leaves a row in retention_runs, also when it fails."""
    started, run_id = time.monotonic(), uuid7()
    cutoff = datetime.now(UTC) - timedelta(days=days)
    async with db.tx() as tx:
        await queries.start_run(tx, run_id, policy.name, cutoff, dry_run=dry_run)
    try:
        amount = await (_count(db, run_id, cutoff) if dry_run else _anonymize(db, policy, run_id, cutoff, batch))
    except Exception as error:
        await _end(db, run_id, "failed", type(error).__name__)
        raise
    await _end(db, run_id, "done")
    if not dry_run:
        await Sweeper(db, store).sweep()
    return Run(policy.name, cutoff, dry_run, amount.generations, amount.objects, time.monotonic() - started)


async def _count(db: Database, run_id: UUID, cutoff: datetime) -> Amount:
    async with db.tx() as tx:
        return await use_cases.count(tx, run_id, cutoff)


async def _anonymize(db: Database, policy: Policy, run_id: UUID, cutoff: datetime, batch: int) -> Amount:
    generations = objects = 0
    while True:
        async with db.tx() as tx:
            amount = await use_cases.anonymize_batch(tx, policy, run_id, cutoff, batch)
        if amount.generations == 0:
            return Amount(generations, objects)
        generations, objects = generations + amount.generations, objects + amount.objects


async def _end(db: Database, run_id: UUID, outcome: str, error: str | None = None) -> None:
    async with db.tx() as tx:
        await queries.end_run(tx, run_id, outcome, error)

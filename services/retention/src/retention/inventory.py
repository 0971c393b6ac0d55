"""Rows and objects held against each other: objects that no row names, and rows whose objects are gone.

An upload comes before its row, so that an object is an orphan only once it is a day old. Orphans are noted for deletion
like everything else that is to go. A row without its object is reported: nothing here can bring it back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog
from prometheus_client import Gauge

from common.db import Database
from common.ids import uuid7
from common.storage import ObjectStore, Stored
from retention import queries
from retention.queries import Amount
from retention.sweeper import Sweeper

log = structlog.get_logger()

NAME = "stored objects"
"""Of its runs."""
BATCH = 1000
HEADS_AT_ONCE = 16
YOUNG = timedelta(days=1)
LISTED = 1000

ORPHANS = Gauge("vision3_objects_orphaned", "Objects that no row named, at the last look")
MISSING = Gauge("vision3_objects_missing", "Rows whose object was gone, at the last look")

Step = Callable[[], Awaitable[None]]


@dataclass(slots=True)
class Inventory:
    """What a look found. missing: the first of the keys that rows name in vain."""

    objects: int = 0
    orphans: int = 0
    rows: int = 0
    missing: int = 0
    missing_keys: list[str] = field(default_factory=list)


async def _nothing() -> None:
    pass


@dataclass(frozen=True, slots=True)
class Stocktaker:
    """Any number may run. No transaction is open while the store is asked."""

    db: Database
    store: ObjectStore

    async def take(self, *, delete: bool = True, scheduled: bool = False, step: Step = _nothing) -> Inventory:
        """delete False: only looks. step: called between batches. Raises StoreAway; what was noted stays noted."""
        run_id, found = uuid7(), Inventory()
        async with self.db.tx() as tx:
            await queries.start_run(tx, run_id, NAME, datetime.now(UTC) - YOUNG, scheduled=scheduled)
        try:
            await self._objects(found, run_id, step, delete=delete)
            await self._rows(found, step)
        except Exception as error:
            await self._end(run_id, "failed", type(error).__name__)
            raise
        await self._end(run_id, "done")
        ORPHANS.set(found.orphans)
        MISSING.set(found.missing)
        if found.missing:
            log.error("objects.missing", rows=found.missing)
        if delete:
            await Sweeper(self.db, self.store).sweep()
        return found

    async def _objects(self, found: Inventory, run_id: UUID, step: Step, *, delete: bool) -> None:
        async for batch in self.store.listing(at_once=BATCH):
            old = [one.key for one in batch if _is_old(one)]
            async with self.db.tx() as tx:
                orphans = await queries.unnamed(tx, old)
                if delete:
                    await queries.condemn(tx, orphans)
                    await queries.add_to_run(tx, run_id, Amount(objects=len(orphans)))
            found.objects, found.orphans = found.objects + len(batch), found.orphans + len(orphans)
            await step()

    async def _rows(self, found: Inventory, step: Step) -> None:
        above = UUID(int=0)
        at_once = asyncio.Semaphore(HEADS_AT_ONCE)

        async def is_gone(key: str) -> bool:
            async with at_once:
                return not await self.store.has(key)

        while True:
            async with self.db.tx() as tx:
                named = await queries.named_objects(tx, above, BATCH)
            if not named:
                return
            gone = await asyncio.gather(*(is_gone(one.key) for one in named))
            async with self.db.tx() as tx:
                lost = await queries.still_named(
                    tx, [one.id for one, is_lost in zip(named, gone, strict=True) if is_lost]
                )
            found.rows, found.missing, above = found.rows + len(named), found.missing + len(lost), named[-1].id
            found.missing_keys += lost[: LISTED - len(found.missing_keys)]
            await step()

    async def _end(self, run_id: UUID, outcome: str, error: str | None = None) -> None:
        async with self.db.tx() as tx:
            await queries.end_run(tx, run_id, outcome, error)


def _is_old(stored: Stored) -> bool:
    return stored.at < datetime.now(UTC) - YOUNG

"""Objects follow their rows: what objects_to_delete names is deleted from the store, then the note of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import structlog
from prometheus_client import Counter

from common.db import Database
from common.storage import ObjectStore, StoreAway
from retention import queries

log = structlog.get_logger()

SWEEP_S = 60.0
BATCH = 100

OBJECTS = Counter("vision3_objects_deleted", "Objects deleted from the store", ["outcome"])


@dataclass(frozen=True, slots=True)
class Sweeper:
    """Any number may run: deleting what is gone is fine. No transaction is open while the store is asked."""

    db: Database
    store: ObjectStore

    async def sweep(self) -> None:
        """Until nothing is left, or the store fails: then the rest waits for the next sweep."""
        while True:
            async with self.db.tx() as tx:
                keys = await queries.condemned(tx, BATCH)
            if not keys or not await self._delete(keys):
                return

    async def _delete(self, keys: list[str]) -> bool:
        """Whether all of them are gone."""
        gone = await asyncio.gather(*(self._delete_one(key) for key in keys))
        failed = [key for key, done in zip(keys, gone, strict=True) if not done]
        async with self.db.tx() as tx:
            await queries.bury(tx, [key for key, done in zip(keys, gone, strict=True) if done])
            await queries.count_attempt(tx, failed)
        OBJECTS.labels("deleted").inc(len(keys) - len(failed))
        OBJECTS.labels("failed").inc(len(failed))
        if failed:
            log.warning("objects.not_deleted", objects=len(failed))
        return not failed

    async def _delete_one(self, key: str) -> bool:
        try:
            await self.store.delete(key)
        except StoreAway:
            return False
        return True

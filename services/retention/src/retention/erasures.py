"""A user erased on request: their generations go as deleted ones do, and then nothing says who they were.

What is under way is cancelled and refunded by the orchestrator, which takes seconds; a picture may be worked on until
its deadline. So an erasure is begun at once, and carried on by a sweep until it is done.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import structlog
from prometheus_client import Counter, Gauge

from common.db import Database
from retention import queries, use_cases
from retention.deletions import Deletions

log = structlog.get_logger()

SWEEP_S = 15.0
BATCH = 100

ERASED = Counter("vision3_users_erased", "Users of whom nothing personal is left")
OLDEST = Gauge("vision3_erasure_oldest_seconds", "For how long the first of those who asked to be erased has waited")


@dataclass(frozen=True, slots=True)
class Erasures:
    """Any number may run: each step is done once, whoever does it."""

    db: Database
    deletions: Deletions

    async def carry_out(self) -> None:
        """All that were asked for, whoever heard of them."""
        async with self.db.tx() as tx:
            users = await queries.to_erase(tx, BATCH)
        await self._erase(users)
        async with self.db.tx() as tx:
            OLDEST.set(await queries.oldest_erasure_s(tx))

    async def erase(self, user_id: UUID) -> None:
        """One of them now. What can't go yet is left to `carry_out`."""
        await self._erase([user_id])

    async def _erase(self, users: list[UUID]) -> None:
        if not users:
            return
        async with self.db.tx() as tx:
            await queries.delete_generations(tx, users)
        await self.deletions.carry_out()
        for user_id in users:
            async with self.db.tx() as tx:
                erased = await use_cases.erase(tx, user_id)
            if erased:
                ERASED.inc()
                log.info("user.erased", user_id=str(user_id))

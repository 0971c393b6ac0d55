"""The worker: webhook_events is its queue. Woken in this process, and by a slow sweep for what others left."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import structlog
from prometheus_client import Counter

from billing import use_cases
from billing.handlers.registry import HANDLERS
from billing.plans import Shop
from common.db import Database, Unavailable
from common.outbox import Outbox

log = structlog.get_logger()

SWEEP_S = 15.0

WORKED = Counter("vision3_webhook_events", "Webhook events by what became of them", ["event", "outcome"])


class Worker:
    """Any number of them may run: an event is locked while one works on it."""

    def __init__(self, db: Database, outbox: Outbox, shop: Shop) -> None:
        self._db = db
        self._outbox = outbox
        self._shop = shop
        self._woken = asyncio.Event()

    def wake(self) -> None:
        self._woken.set()

    async def run(self) -> None:
        while True:
            await self.drain()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), timeout=SWEEP_S)
            self._woken.clear()

    async def drain(self) -> None:
        """Until nothing is due. With Postgres away it ends early: no attempt is counted, the next sweep goes on."""
        try:
            while await self._one():
                pass
        except Unavailable as error:
            log.warning("webhooks.database_unavailable", reason=error.detail)

    async def _one(self) -> bool:
        """One event, one transaction."""
        async with self._db.tx() as tx:
            worked = await use_cases.work_on_next(tx, self._outbox, self._shop)
        if worked is None:
            return False
        name, verdict = worked.name, worked.verdict
        WORKED.labels(name if name in HANDLERS else "other", verdict.outcome).inc()
        log.info(
            "webhook.worked", event_id=str(worked.event_id), name=name, outcome=verdict.outcome, reason=verdict.reason
        )
        return True

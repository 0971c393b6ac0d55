"""A pass over all that was sold: what no webhook told goes to the same worker, as if one had.

By one replica of any number. No transaction is open while the vendor is asked, and a pass that fails or dies has done
what it has done: the next one finds the rest.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog
from prometheus_client import Counter, Gauge
from pydantic import JsonValue

from billing.lemonsqueezy_api import Kind, LemonSqueezyApi
from billing.plans import Shop
from billing.reconciliation import news, queries, resources
from billing.reconciliation.queries import Pass
from billing.reconciliation.resources import Found
from common.db import Database, Tx
from common.errors import Transient, WorkError
from common.ids import uuid7
from common.leases import lead, resign

log = structlog.get_logger()

LOOK_S = 10.0
LEASE = "reconciliation"
LEASE_S = 120.0
"""Longer than a page may take, with the vendor's own delay."""
AFTER_START = timedelta(minutes=10)
"""A process that starts does not wait for its turn: downtime loses webhooks. One that starts again and again does."""
BATCH = 100

FOUND = Counter("vision3_reconciliation_found", "Events that no webhook had told", ["event"])
RECONCILED_AT = Gauge("vision3_reconciled_timestamp_seconds", "When a pass last came to its end here, 0 for never")
NOT_READ = Counter("vision3_reconciliation_unreadable", "Resources of the vendor's that did not fit", ["kind"])


@dataclass(slots=True)
class Reconciler:
    """`wake`: called when there is work for the worker. `every`: between passes that nobody asked for.

    `horizon`: orders and invoices that are older are not read; what is given back of them is for webhooks to tell.
    """

    db: Database
    shop: Shop
    api: LemonSqueezyApi | None
    wake: Callable[[], None]
    every: timedelta
    horizon: timedelta
    _holder: UUID = field(default_factory=uuid7)
    _looked: bool = False

    async def look(self) -> None:
        """Carries out a pass that is due, if no other replica is at one."""
        async with self.db.tx() as tx:
            due = await self._take_due(tx)
        self._looked = True
        if due is None:
            return
        try:
            await self._carry_out(due)
        except WorkError as error:
            log.warning("reconciliation.failed", id=str(due.id), reason=error.detail)
            await self._end(due, "failed", error.detail)
        self.wake()

    async def _take_due(self, tx: Tx) -> Pass | None:
        asked = await queries.asked_for(tx)
        if self.api is None:
            if asked:
                await queries.end(tx, asked.id, "failed", "billing has no VISION3_LEMONSQUEEZY_API_KEY")
            return None
        patience = self.every if self._looked else min(self.every, AFTER_START)
        if asked is None and await queries.last_was_within(tx, patience):
            return None
        if not await lead(tx, LEASE, self._holder, seconds=LEASE_S):
            return None
        due = asked or await queries.ask(tx)
        await queries.begin(tx, due.id)
        return due

    async def _carry_out(self, due: Pass) -> None:
        assert self.api is not None  # noqa: S101  # no pass is taken without
        for kind in resources.KINDS:
            async for batch in self._batches(self.api, kind):
                await self._compare(due, kind, batch)
                self.wake()
        await self._end(due, "done")
        RECONCILED_AT.set_to_current_time()

    async def _batches(self, api: LemonSqueezyApi, kind: Kind) -> AsyncIterator[list[JsonValue]]:
        batch: list[JsonValue] = []
        async for resource in api.all_of(kind):
            batch.append(resource)
            if len(batch) == BATCH:
                yield batch
                if not self._is_young(kind, resources.read(kind, batch[-1])):
                    return
                batch = []
        yield batch

    def _is_young(self, kind: Kind, found: Found | None) -> bool:
        """What does not fit says nothing. A subscription goes on however old it is."""
        return found is None or kind == "subscriptions" or found.about.created_at > datetime.now(UTC) - self.horizon

    async def _compare(self, due: Pass, kind: Kind, batch: list[JsonValue]) -> None:
        readable = [found for resource in batch if (found := resources.read(kind, resource))]
        NOT_READ.labels(kind).inc(len(batch) - len(readable))
        async with self.db.tx() as tx:
            if not await lead(tx, LEASE, self._holder, seconds=LEASE_S):
                raise Transient("lease_lost", "another replica has begun a pass")
            young = [found for found in readable if self._is_young(kind, found)]
            events = [event for found in young for event in await news.of(tx, self.shop, found)]
            for event in events if not due.dry_run else ():
                await queries.store(tx, event.name, event.body)
            await queries.progress(tx, due.id, len(batch), [(event.name, event.reference) for event in events])
        if not due.dry_run:
            for event in events:
                FOUND.labels(event.name).inc()

    async def _end(self, due: Pass, outcome: str, error: str | None = None) -> None:
        async with self.db.tx() as tx:
            await queries.end(tx, due.id, outcome, error)
            await resign(tx, LEASE, self._holder)

"""The schedule: each policy once a turn, by one replica of any number; a turn that was missed is made up for."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from cronsim import CronSim
from prometheus_client import Gauge

from common.db import Database, Tx
from common.errors import Transient
from common.ids import uuid7
from common.leases import lead
from common.storage import ObjectStore
from retention import inventory, queries, runs
from retention.inventory import Stocktaker
from retention.policies import GENERATIONS, Policy
from retention.queries import Amount

log = structlog.get_logger()

LOOK_S = 30.0
LEASE = "retention"
LEASE_S = 60.0
"""Kept with each batch, which is much quicker."""
DAY_S = 86_400
RETRY = timedelta(hours=1)
"""After a run that failed."""

OLDEST = Gauge(
    "vision3_generation_oldest_kept_seconds", "The age of the oldest settled generation that is not anonymized"
)
OVERDUE = Gauge(
    "vision3_retention_overdue_seconds", "For how long the oldest generation that is not anonymized has been due"
)


@dataclass(frozen=True, slots=True)
class Schedule:
    """cron: in that zone. days: the policies with their ages."""

    db: Database
    store: ObjectStore
    cron: str
    zone: ZoneInfo
    days: dict[Policy, int]
    _holder: UUID = field(default_factory=uuid7)

    async def look(self) -> None:
        """Carries out what is due and nobody else is at."""
        for policy, days in self.days.items():
            if await self._may_run(policy.name):
                run = await runs.run(self.db, self.store, policy, days=days, scheduled=True, step=self._keep)
                log.info("retention.done", policy=policy.name, rows=run.rows, objects=run.objects)
        if await self._may_run(inventory.NAME):
            await Stocktaker(self.db, self.store).take(scheduled=True, step=self._still_leads)
        async with self.db.tx() as tx:
            oldest_s = await queries.oldest_s(tx)
        OLDEST.set(oldest_s)
        OVERDUE.set(max(0.0, oldest_s - self.days[GENERATIONS] * DAY_S))

    def last_turn(self, now: datetime) -> datetime:
        """The last time at or before now that the expression names."""
        return next(CronSim(self.cron, now.astimezone(self.zone) + timedelta(seconds=1), reverse=True)).astimezone(UTC)

    async def _may_run(self, name: str) -> bool:
        async with self.db.tx() as tx:
            turn = self.last_turn(datetime.now(UTC))
            return await queries.is_due(tx, name, turn, RETRY) and await self._leads(tx)

    async def _keep(self, tx: Tx, _amount: Amount) -> None:
        if not await self._leads(tx):
            raise Transient("lease_lost", "another replica is at the schedule")

    async def _still_leads(self) -> None:
        async with self.db.tx() as tx:
            await self._keep(tx, Amount())

    async def _leads(self, tx: Tx) -> bool:
        return await lead(tx, LEASE, self._holder, seconds=LEASE_S)

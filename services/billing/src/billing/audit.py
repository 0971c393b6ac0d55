"""The ledger looked at on schedule: whose balance is not the sum of their entries."""

from __future__ import annotations

import math

import structlog
from prometheus_client import Gauge

from billing import queries
from common.db import Database
from common.ids import uuid7
from common.leases import lead

log = structlog.get_logger()

EVERY_S = 300.0
LEASE = "ledger audit"
LEASE_S = EVERY_S - 10
"""Ends before the holder's next turn, so that after its death whoever's turn comes first looks."""

DIFFERENCES = Gauge(
    "vision3_ledger_differences", "Users whose balance is not the sum of their entries; NaN where nobody looked"
)
LOOKED_AT = Gauge("vision3_ledger_audited_timestamp_seconds", "When the ledger was last added up here, 0 for never")
DIFFERENCES.set(math.nan)


class Auditor:
    """One of several replicas looks in each turn."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._holder = uuid7()

    async def look(self) -> None:
        """Sets the gauges, that of the differences to NaN where another replica knows better."""
        DIFFERENCES.set(math.nan)
        async with self._db.tx() as tx:
            if not await lead(tx, LEASE, self._holder, seconds=LEASE_S):
                return
            differing = await queries.differing_balances(tx)
        DIFFERENCES.set(differing)
        LOOKED_AT.set_to_current_time()
        if differing:
            log.error("ledger.differs", users=differing)

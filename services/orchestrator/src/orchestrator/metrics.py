"""How generations do, as figures: what was settled and refunded, and what is still due."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

from common.db import Database, Tx
from orchestrator import queries

EVERY_S = 10.0

SETTLED = Counter("vision3_generations_settled", "Generations that ended, those that failed with why", ["type", "code"])
REFUNDED = Counter("vision3_credits_refunded", "Credits given back for what was not delivered", ["reason"])
PENDING = Gauge("vision3_generations_pending", "Generations that have not ended, at the last look")
OLDEST = Gauge("vision3_generation_oldest_pending_seconds", "Age of the oldest of them, 0 without any")

COMPLETED = "completed"


def count_settled(tx: Tx, kind: str, code: str, *, refunded: int, reason: str) -> None:
    """Once it is committed: what is rolled back did not happen. `code`: COMPLETED, or the failure's."""

    def count() -> None:
        SETTLED.labels(kind, code).inc()
        REFUNDED.labels(reason).inc(refunded)

    tx.after_commit(count)


async def look(db: Database) -> None:
    """Sets the gauges from the rows. Every orchestrator sees the same ones: take the maximum, not the sum."""
    async with db.tx() as tx:
        pending = await queries.pending(tx)
    PENDING.set(pending.count)
    OLDEST.set(pending.oldest_s)

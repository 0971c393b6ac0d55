"""Recovery: whatever the bus or a process lost is found in the rows and asked for again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import structlog
from prometheus_client import Counter

from common.db import Database, Unavailable
from common.events import ConceptProposed, GenerationRequested
from common.outbox import Outbox
from orchestrator import queries, use_cases

log = structlog.get_logger()

REASK_EVERY_S = 15.0
SETTLE_EVERY_S = 2.0
FIRST_WAIT = timedelta(seconds=30)

REASKED = Counter("vision3_reasked", "Work asked for again because nothing was heard of it", ["type"])


@dataclass(frozen=True, slots=True)
class Recovery:
    db: Database
    outbox: Outbox

    async def reask(self) -> None:
        """Work whose event seems to be lost."""
        await self._reask(FIRST_WAIT)

    async def reask_everything(self) -> None:
        """The bus lost its store: all work that nobody holds is asked for again at once."""
        log.warning("recovery.bus_lost_everything")
        await self._reask(timedelta(0))

    async def settle(self) -> None:
        """Generations past their deadline, those that were deleted, and those whose last event was lost.

        One that can't be ended holds up no other.
        """
        async with self.db.tx() as tx:
            ids = await queries.unsettled(tx)
        for generation_id in ids:
            try:
                await self._settle(generation_id)
            except Exception as error:
                if isinstance(error, Unavailable) and not await self.db.ping():
                    raise  # Postgres is away, and not just a row held by somebody
                log.exception("recovery.not_settled", generation_id=str(generation_id), exc_info=error)

    async def _settle(self, generation_id: UUID) -> None:
        async with self.db.tx() as tx:
            settled = await use_cases.settle(tx, self.outbox, generation_id)
        if settled:
            log.info("recovery.settled", generation_id=str(generation_id))

    async def _reask(self, first_wait: timedelta) -> None:
        async with self.db.tx() as tx:
            generations = await queries.reask_generations(tx, first_wait)
            # A re-ask is a new event: the stream would swallow the old one's id as a duplicate.
            await self.outbox.add(tx, *(GenerationRequested(generation_id=g) for g in generations))
            concepts = await queries.reask_concepts(tx, first_wait)
            await self.outbox.add(
                tx, *(ConceptProposed(concept_id=c.concept_id, generation_id=c.generation_id) for c in concepts)
            )
        REASKED.labels(GenerationRequested.TYPE).inc(len(generations))
        REASKED.labels(ConceptProposed.TYPE).inc(len(concepts))

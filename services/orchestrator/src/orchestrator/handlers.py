"""What the orchestrator does with each event: open a transaction, call a use case, commit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from common import work
from common.db import Database
from common.errors import Permanent, WorkError
from common.events import ConceptFailed, ConceptRendered, GenerationRequested
from common.outbox import Outbox
from orchestrator import queries, use_cases
from orchestrator.concepts.base import ConceptWriter
from orchestrator.queries import GenerationTask


@dataclass(frozen=True, slots=True)
class Handlers:
    db: Database
    outbox: Outbox
    writer: ConceptWriter
    deadline: timedelta

    async def generation_requested(self, event: GenerationRequested) -> None:
        async with self.db.tx() as tx:
            task = await use_cases.take(tx, event.generation_id, self.deadline)
        if task is not None:
            await self._write(task)

    async def concept_settled(self, event: ConceptRendered | ConceptFailed) -> None:
        async with self.db.tx() as tx:
            await use_cases.settle_after_concept(tx, self.outbox, event.generation_id)

    async def _write(self, task: GenerationTask) -> None:
        async def give_up(error: WorkError) -> None:
            async with self.db.tx() as tx:
                await use_cases.give_up(tx, self.outbox, task, error)

        async def release(*, untried: bool = False) -> None:
            async with self.db.tx() as tx:
                await queries.release_generation(tx, task.id, task.token, untried=untried)

        async with work.attempt(self.db, "generations", task, give_up=give_up, release=release):
            timeout_s = task.remaining_s - work.VENDOR_MARGIN_S
            if timeout_s <= 0:
                raise Permanent(use_cases.OVERDUE, use_cases.OVERDUE_DETAIL)
            draft = await self.writer.write(task.prompt, task.count, timeout_s=timeout_s)
            async with self.db.tx() as tx:
                await use_cases.store_draft(tx, self.outbox, task, draft)

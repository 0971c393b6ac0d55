"""What users delete goes as what is old does: its words and pictures, not its counts."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from common.db import Database
from retention import use_cases
from retention.sweeper import Sweeper

log = structlog.get_logger()

BATCH = 200


@dataclass(frozen=True, slots=True)
class Deletions:
    """Any number may run: what one has locked, another leaves to it."""

    db: Database
    sweeper: Sweeper

    async def carry_out(self) -> None:
        """Until nothing is due; then the objects, those of earlier runs too."""
        while True:
            async with self.db.tx() as tx:
                amount = await use_cases.anonymize_deleted(tx, BATCH)
            if amount.rows == 0:
                break
            log.info("deletions.carried_out", generations=amount.rows, objects=amount.objects)
        await self.sweeper.sweep()

"""The runs of retention's policies, as whoever runs the system sees them: as the owner."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

import asyncpg

NEWEST = """
select id, policy, cutoff, started_at, scheduled, rows_changed as rows, objects, outcome, error,
  extract(epoch from finished_at - started_at)::float8 as seconds
from vision3.retention_runs where not dry_run order by started_at desc, id desc limit $1
"""


@dataclass(frozen=True, slots=True)
class Past:
    """One run of one policy. seconds: None while it runs. objects: noted for deletion by it."""

    id: UUID
    policy: str
    cutoff: datetime
    started_at: datetime
    scheduled: bool
    rows: int
    objects: int
    outcome: Literal["running", "done", "failed"]
    error: str | None
    seconds: float | None


async def newest(connection: asyncpg.Connection, limit: int) -> list[Past]:
    return [Past(**dict(row)) for row in await connection.fetch(NEWEST, limit)]

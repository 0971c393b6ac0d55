"""Back-pressure: while the oldest work waits too long, nobody's new work is taken on."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from common.db import Database
from common.errors import Problem
from gateway import queries

BUSY_S = 90.0
LOOK_S = 1.0
RETRY_S = 10


@dataclass(slots=True)
class Pressure:
    """Looks at most once a second; whoever comes while another looks goes by the last answer."""

    db: Database
    _looked_at: float = field(default=-float("inf"), init=False)
    _oldest_s: float = field(default=0.0, init=False)

    async def check(self) -> None:
        """Raises the 503 `busy`, before anything is stored or charged."""
        if time.monotonic() - self._looked_at > LOOK_S:
            self._looked_at = time.monotonic()
            self._oldest_s = await queries.oldest_unsettled_s(self.db)
        if self._oldest_s > BUSY_S:
            headers = {"Retry-After": str(RETRY_S)}
            raise Problem(503, "busy", "too much work is waiting; nothing was charged", headers=headers)

"""What models were paid for: summed over the artifacts that came of it, also those of which nothing else is left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import asyncpg

from common.ids import earliest

MICROCENTS_PER_USD = 100_000_000

# An edit brings its original's provider along, and costs nothing. Ids sort by time: the primary key finds the days.
COSTS = """
select (a.created_at at time zone 'UTC')::date as day,
  case a.type when 'IMAGE' then 'pictures' else 'titles' end as kind,
  coalesce(a.metadata ->> 'provider', a.metadata ->> 'writer', 'unknown') as provider,
  coalesce(g.tier, 'unknown') as tier,
  count(*) as artifacts,
  coalesce(sum((a.metadata ->> 'tries')::int), 0) as tries,
  coalesce(sum((a.metadata ->> 'cost_microcents')::bigint), 0)::bigint as microcents
from vision3.artifacts a join vision3.generations g on g.id = a.generation_id
where a.id >= $1 and a.created_at >= $2 and a.parent_id is null
group by 1, 2, 3, 4 order by 1 desc, 2, 3, 4
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """A day's (UTC) pictures, or titles with the concepts that came along, of one provider for users of one tier.

    tries: calls for pictures. microcents: millionths of a US cent.
    """

    day: date
    kind: str
    provider: str
    tier: str
    artifacts: int
    tries: int
    microcents: int

    @property
    def usd(self) -> float:
        return self.microcents / MICROCENTS_PER_USD


async def costs(connection: asyncpg.Connection, days: int) -> list[Cost]:
    """Of today and the days before it, `days` altogether."""
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    since = midnight - timedelta(days=days - 1)
    # A generation that was ordered before midnight may bring its pictures after it.
    rows = await connection.fetch(COSTS, earliest(since - timedelta(minutes=10)), since)
    return [Cost(*row) for row in rows]

"""The vendors' rows: one for each, which every process that calls it reads and writes."""

from __future__ import annotations

from datetime import datetime

from common.db import Tx
from vendors.breaker import Breaker
from vendors.state import State

FIELDS = "starts, spare, failures, openings, open_until, code, final, probe_until"


async def locked(tx: Tx, name: str) -> tuple[State, datetime]:
    """What is known of a vendor, held until the transaction ends, and the time by the clock that all share."""
    select = f"select {FIELDS}, clock_timestamp() as now from vendors where name = $1 for update"  # noqa: S608
    row = await tx.fetchrow(select, name)
    if row is None:
        await tx.execute("insert into vendors (name) values ($1) on conflict do nothing", name)
        row = await tx.fetchrow(select, name)
    if row is None:
        raise LookupError(name)
    breaker = Breaker(*(row[f] for f in ("failures", "openings", "open_until", "code", "final", "probe_until")))
    return State(tuple(row["starts"]), row["spare"], breaker), row["now"]


async def save(tx: Tx, name: str, state: State) -> None:
    breaker = state.breaker
    await tx.execute(
        """update vendors set starts = $2, spare = $3, failures = $4, openings = $5, open_until = $6, code = $7,
             final = $8, probe_until = $9 where name = $1""",
        name,
        list(state.starts),
        state.spare,
        breaker.failures,
        breaker.openings,
        breaker.open_until,
        breaker.code,
        breaker.final,
        breaker.probe_until,
    )

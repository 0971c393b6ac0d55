"""Leases: rows with an end. A killed holder's work is free again within seconds, through any pooler.

A *work lease* sits on the row being worked on (lease_token, lease_until); whoever takes it counts an attempt there.
A *named lease* elects one of several replicas.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Literal
from uuid import UUID

import structlog

from common.db import Database, Tx
from common.errors import Transient

log = structlog.get_logger()

LEASE = timedelta(seconds=10)
RENEW_S = 3.0

Table = Literal["generations", "concepts"]

RENEW: dict[Table, str] = {
    "generations": "update generations set lease_until = now() + $3 where id = $1 and lease_token = $2",
    "concepts": "update concepts set lease_until = now() + $3 where id = $1 and lease_token = $2",
}

RESIGN = "update leases set until = now() where name = $1 and holder = $2"

LEAD = """
insert into leases (name, holder, until) values ($1, $2, now() + make_interval(secs => $3))
on conflict (name) do update set holder = excluded.holder, until = excluded.until
where leases.holder = excluded.holder or leases.until < now()
"""


class LeaseLost(Transient):
    """Somebody else works on it now: whatever was made here is thrown away."""

    def __init__(self) -> None:
        super().__init__("lease_lost", "the lease ran out and was taken over")


@asynccontextmanager
async def kept(db: Database, table: Table, row_id: UUID, token: UUID) -> AsyncIterator[None]:
    """Renews a work lease while the body runs. Raises LeaseLost, the body cancelled, when another worker took it."""
    try:
        # A time limit that comes when the lease is lost: its cancellation is told apart from everyone else's.
        async with asyncio.timeout(None) as limit, _renewed(db, table, row_id, token, limit):
            yield
    except Exception as error:
        if limit.expired():
            raise LeaseLost from error
        raise


@asynccontextmanager
async def _renewed(
    db: Database, table: Table, row_id: UUID, token: UUID, limit: asyncio.Timeout
) -> AsyncIterator[None]:
    async def renew() -> None:
        ours = True
        while ours:
            await asyncio.sleep(RENEW_S)
            ours = await _still_ours(db, table, row_id, token)
        limit.reschedule(asyncio.get_running_loop().time())

    renewing = asyncio.create_task(renew())
    try:
        yield
    finally:
        renewing.cancel()


async def _still_ours(db: Database, table: Table, row_id: UUID, token: UUID) -> bool:
    """Also while Postgres can't be asked: nobody else can take the lease then, either."""
    try:
        async with db.tx() as tx:
            return await tx.execute(RENEW[table], row_id, token, LEASE) == 1
    except Exception as error:
        log.warning("lease.not_renewed", table=table, id=str(row_id), exc_info=error)
        return True


async def lead(tx: Tx, name: str, holder: UUID, *, seconds: float) -> bool:
    """Takes or keeps the named lease; False while another holder has it."""
    return await tx.execute(LEAD, name, holder, seconds) == 1


async def resign(tx: Tx, name: str, holder: UUID) -> None:
    """Another may lead from now on."""
    await tx.execute(RESIGN, name, holder)

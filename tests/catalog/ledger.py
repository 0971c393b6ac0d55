"""The credit functions, each called as the one service that may, with the rows that go with it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from common.db import Database
from common.ids import uuid7
from tests.support.servers import TestDatabase

INSUFFICIENT, UNKNOWN_USER, ERASED, REFUSED = "V3402", "V3404", "V3401", "22023"
TAKEN, INVALID, UNKNOWN_GENERATION = "23505", "23514", "P0002"

GENERATION = """
insert into generations (id, user_id, type, user_prompt, requested_count, credits_charged)
values ($1, $2, 'THUMBNAIL', 'a video about making sourdough bread', 4, $3)
"""

# user, generation, credits, key, entry, event
PLACE_ORDER = """
select place_order($1, $2, 'THUMBNAIL', 'a video about making sourdough bread', 4, $3, $4, 'digest', $5,
  1000, $6, 'generation.requested.v1', '', null)
"""


@dataclass(frozen=True)
class Ledger:
    gateway: Database
    orchestrator: Database
    billing: Database
    owner: asyncpg.Connection

    async def provision(self, clerk_id: str | None = None) -> UUID:
        async with self.gateway.tx() as tx:
            return await tx.fetchval(
                "select provision_user($1, $2, $3)", uuid7(), uuid7(), clerk_id or f"user_{uuid7()}"
            )

    async def user_with(self, balance: int) -> UUID:
        """Brought to that balance by an entry, so that the ledger agrees."""
        user = await self.provision()
        if missing := balance - await self.balance(user):
            await self.owner.fetchval(
                "select append_entry($1, $2, $3, 'adjustment', $4, null, null)", uuid7(), user, missing, f"test:{user}"
            )
        return user

    async def charge(self, user: UUID, amount: int | None, generation: UUID | None = None) -> UUID:
        """The generation that was charged for."""
        generation = generation or uuid7()
        async with self.gateway.tx_as(user) as tx:
            await tx.fetchval("select charge($1, $2, $3)", uuid7(), generation, amount)
            await tx.execute(GENERATION, generation, user, amount)
        return generation

    async def refund(self, generation: UUID, amount: int | None, note: str | None = None) -> int:
        async with self.orchestrator.tx() as tx:
            return await tx.fetchval("select refund($1, $2, $3, $4)", uuid7(), generation, amount, note)

    async def grant(self, user: UUID, amount: int | None, reference: str, kind: str | None = "pack") -> bool:
        async with self.billing.tx() as tx:
            return await tx.fetchval(
                "select grant_credits($1, $2, $3, $4, $5, null)", uuid7(), user, amount, kind, reference
            )

    async def buy(self, user: UUID, amount: int, reference: str) -> None:
        """A purchase that granted that much."""
        async with self.billing.tx() as tx:
            await tx.execute("insert into purchases (reference) values ($1)", reference)
        await self.grant(user, amount, reference)

    async def take_back(self, reference: str, refunded: int | None, total: int | None) -> int:
        """How many credits were taken."""
        async with self.billing.tx() as tx:
            return await tx.fetchval("select taken from take_back($1, $2, $3, $4)", uuid7(), reference, refunded, total)

    async def short(self, reference: str) -> int:
        return await self.owner.fetchval("select credits_short from purchases where reference = $1", reference)

    async def balance(self, user: UUID) -> int:
        return await self.owner.fetchval("select credits_remaining from users where id = $1", user)

    async def entries(self, user: UUID) -> list[asyncpg.Record]:
        return await self.owner.fetch("select * from credit_entries where user_id = $1 order by created_at", user)

    async def agrees(self, user: UUID) -> bool:
        return await self.balance(user) == sum(entry["amount"] for entry in await self.entries(user))


@asynccontextmanager
async def open_ledger(database: TestDatabase, owner: asyncpg.Connection) -> AsyncIterator[Ledger]:
    gateway, orchestrator, billing = (
        Database(database.url(service), size=25) for service in ("gateway", "orchestrator", "billing")
    )
    for pool in (gateway, orchestrator, billing):
        await pool.open()
    yield Ledger(gateway, orchestrator, billing, owner)
    for pool in (gateway, orchestrator, billing):
        await pool.close()


def code(result: object) -> str:
    """The server's error code, when that is what a gathered call ended with."""
    assert isinstance(result, asyncpg.PostgresError), result
    return str(result.sqlstate)

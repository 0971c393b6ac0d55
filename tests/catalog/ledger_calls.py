"""The credit functions, each as one statement of the one role that may, from code that is not asynchronous."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from common.ids import uuid7
from tests.catalog.ledger import PLACE_ORDER
from tests.catalog.ledger_model import Outcome
from tests.support.servers import TestDatabase

ROWS = """
select u.id, u.credits_remaining,
  array(select amount from vision3.credit_entries e where e.user_id = u.id order by created_at) as amounts,
  array(select balance_after from vision3.credit_entries e where e.user_id = u.id order by created_at) as balances
from vision3.users u where u.id = any($1::uuid[])
"""


@dataclass(frozen=True)
class Calls:
    loop: asyncio.AbstractEventLoop
    gateway: asyncpg.Connection
    orchestrator: asyncpg.Connection
    billing: asyncpg.Connection
    owner: asyncpg.Connection

    def provision(self, clerk_id: str) -> UUID:
        return self._run(self.gateway.fetchval("select provision_user($1, $2, $3)", uuid7(), uuid7(), clerk_id))

    def order(self, user: UUID, generation: UUID, amount: int, key: str | None = None) -> Outcome:
        return self._outcome(self.gateway, PLACE_ORDER, user, generation, amount, key, uuid7(), uuid7())

    def refund(self, generation: UUID, amount: int) -> Outcome:
        return self._outcome(self.orchestrator, "select refund($1, $2, $3, null)", uuid7(), generation, amount)

    def buy(self, user: UUID, amount: int, reference: str, kind: str = "pack") -> Outcome:
        statement = "select grant_credits($1, $2, $3, $4, $5, null)"
        return self._outcome(self.billing, statement, uuid7(), user, amount, kind, reference)

    def adjust(self, user: UUID, amount: int) -> Outcome:
        statement = "select vision3.append_entry($1, $2, $3, 'adjustment', 'adjustment:' || $1::uuid, null, null)"
        return self._outcome(self.owner, statement, uuid7(), user, amount)

    def rows(self, users: list[UUID]) -> list[asyncpg.Record]:
        return self._run(self.owner.fetch(ROWS, users))

    def _outcome(self, connection: asyncpg.Connection, statement: str, *arguments: object) -> Outcome:
        try:
            return self._run(connection.fetchval(statement, *arguments))
        except asyncpg.PostgresError as refused:
            return refused.sqlstate

    def _run(self, call):
        return self.loop.run_until_complete(call)


@contextmanager
def connected(database: TestDatabase) -> Iterator[Calls]:
    """Real logins. None waits for the disk: what is proven here is not what survives a crash."""
    loop = asyncio.new_event_loop()
    urls = [*(database.url(service) for service in ("gateway", "orchestrator", "billing")), database.owner_url]
    fast = {"synchronous_commit": "off"}
    connections = [loop.run_until_complete(asyncpg.connect(url, server_settings=fast)) for url in urls]
    try:
        yield Calls(loop, *connections)
    finally:
        for connection in connections:
            loop.run_until_complete(connection.close())
        loop.close()

"""Postgres: a pool per service, and the two ways to open a transaction.

`tx()` acts as the service; `tx_as(user)` acts for one user, whose rows are the only ones that row-level security lets
it see. A transaction lives at most `budget_s` seconds, connecting included: a caller gets `Unavailable` instead of a
hanging request.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg

from common.errors import Transient

AWAY = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # what a connection says that broke between two steps of its protocol
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.QueryCanceledError,
    asyncpg.LockNotAvailableError,
    asyncpg.IdleInTransactionSessionTimeoutError,
)


class Unavailable(Transient):
    """Postgres can't be asked now. Whether a COMMIT under way succeeded is unknown: repeat only under a unique key."""

    def __init__(self, reason: str) -> None:
        super().__init__("unavailable", f"the database is not available ({reason})", retry_after_s=2.0)


class Tx:
    """An open transaction. Only the edge that opened it commits; what has to follow a commit is registered here."""

    def __init__(self, connection: asyncpg.pool.PoolConnectionProxy[Any]) -> None:
        self._connection = connection
        self._after_commit: list[Callable[[], None]] = []

    async def fetch(self, sql: str, *args: object) -> list[asyncpg.Record]:
        rows: list[asyncpg.Record] = await self._connection.fetch(sql, *args)
        return rows

    async def fetchrow(self, sql: str, *args: object) -> asyncpg.Record | None:
        return await self._connection.fetchrow(sql, *args)

    async def fetchval(self, sql: str, *args: object) -> Any:
        return await self._connection.fetchval(sql, *args)

    async def execute(self, sql: str, *args: object) -> int:
        """Returns the number of rows that the statement touched."""
        status = await self._connection.execute(sql, *args)
        count = status.rpartition(" ")[2]
        return int(count) if count.isdigit() else 0

    async def executemany(self, sql: str, args: Sequence[Sequence[object]]) -> None:
        await self._connection.executemany(sql, args)

    def after_commit(self, callback: Callable[[], None]) -> None:
        self._after_commit.append(callback)

    def committed(self) -> None:
        for callback in self._after_commit:
            callback()


async def _nothing_to_reset(_connection: asyncpg.pool.PoolConnectionProxy[Any]) -> None:
    """All settings are local to their transaction, so asyncpg's reset would be a round trip for nothing."""


class Database:
    """A pool that needs no server to start with: connections are made when they are asked for."""

    def __init__(
        self,
        url: str,
        *,
        size: int = 10,
        budget_s: float = 10.0,
        statement_cache_size: int = 100,
        application: str = "",
    ) -> None:
        self.budget_s = budget_s
        # Made by `open`: a pool belongs to the event loop that runs when it is made.
        self._make_pool = partial(
            asyncpg.create_pool,
            url,
            min_size=0,
            max_size=size,
            timeout=2.0,
            statement_cache_size=statement_cache_size,
            max_inactive_connection_lifetime=60.0,
            reset=_nothing_to_reset,
            server_settings={"application_name": application} if application else None,
        )

    async def open(self) -> None:
        self._pool = await self._make_pool()

    async def close(self) -> None:
        try:
            await asyncio.wait_for(self._pool.close(), timeout=3)
        except TimeoutError:
            self._pool.terminate()

    @asynccontextmanager
    async def tx(self, *, budget_s: float | None = None) -> AsyncIterator[Tx]:
        """A transaction as this service. Raises Unavailable when Postgres is away or too slow."""
        async with self._open("begin", budget_s or self.budget_s) as tx:
            yield tx

    @asynccontextmanager
    async def tx_as(self, user_id: UUID) -> AsyncIterator[Tx]:
        """A transaction for one user: row-level security shows that user's rows only."""
        claims = f"""begin; select set_config('request.jwt.claims', '{{"sub": "{UUID(str(user_id))}"}}', true)"""
        async with self._open(claims, self.budget_s) as tx:
            yield tx

    async def fetch(self, sql: str, *args: object) -> list[asyncpg.Record]:
        """One statement that is a transaction by itself: one round trip instead of three."""
        async with self._connected(self.budget_s) as connection:
            rows: list[asyncpg.Record] = await connection.fetch(sql, *args)
            return rows

    async def fetchrow(self, sql: str, *args: object) -> asyncpg.Record | None:
        """The first row of such a statement."""
        rows = await self.fetch(sql, *args)
        return rows[0] if rows else None

    async def fetchval(self, sql: str, *args: object) -> Any:
        """The first value of such a statement."""
        row = await self.fetchrow(sql, *args)
        return None if row is None else row[0]

    async def ping(self) -> bool:
        try:
            async with self.tx(budget_s=1.0) as tx:
                return bool(await tx.fetchval("select true"))
        except Unavailable:
            return False

    @asynccontextmanager
    async def _open(self, begin: str, budget_s: float) -> AsyncIterator[Tx]:
        async with self._connected(budget_s) as connection:
            await connection.execute(begin)
            tx = Tx(connection)
            yield tx
            await connection.execute("commit")
        tx.committed()

    @asynccontextmanager
    async def _connected(self, budget_s: float) -> AsyncIterator[asyncpg.pool.PoolConnectionProxy[Any]]:
        connection: asyncpg.pool.PoolConnectionProxy[Any] | None = None
        deadline = asyncio.timeout(budget_s)
        try:
            async with deadline:
                connection = await self._pool.acquire()
                yield connection
        except BaseException as error:
            if connection is not None:
                await self._abandon(connection, error)
                connection = None
            if deadline.expired():
                raise Unavailable("too slow") from error
            if isinstance(error, AWAY):
                raise Unavailable(type(error).__name__) from error
            raise
        finally:
            if connection is not None:
                await self._pool.release(connection)

    async def _abandon(self, connection: asyncpg.pool.PoolConnectionProxy[Any], error: BaseException) -> None:
        """Rolls back where the server still answers; otherwise drops the connection, which waits for nobody."""
        healthy = isinstance(error, Exception) and not isinstance(error, (*AWAY, TimeoutError))
        try:
            if not (healthy and await _rolled_back(connection)):
                with suppress(asyncpg.InterfaceError):  # the pool noticed the loss itself and has taken it back
                    connection.terminate()
        finally:
            await self._pool.release(connection)


async def _rolled_back(connection: asyncpg.pool.PoolConnectionProxy[Any]) -> bool:
    try:
        await connection.execute("rollback", timeout=1)
    except (*AWAY, TimeoutError):
        return False
    return True

"""Connections as each role: a service by its own login, a browser's role as Supabase's Data API takes it on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import asyncpg

from tests.catalog.expected import BROWSERS
from tests.support.servers import TestDatabase

CLAIMS = "select set_config('request.jwt.claims', json_build_object('sub', $1::text)::text, true)"


@asynccontextmanager
async def connected_as(
    role: str, database: TestDatabase, server_url: str, *, user: UUID | None = None
) -> AsyncIterator[asyncpg.Connection]:
    """Inside a transaction that is rolled back. user: whose claims it carries."""
    connection = await _connect(role, database, server_url)
    try:
        transaction = connection.transaction()
        await transaction.start()
        if user is not None:
            await connection.execute(CLAIMS, str(user))
        yield connection
        await transaction.rollback()
    finally:
        await connection.close()


async def _connect(role: str, database: TestDatabase, server_url: str) -> asyncpg.Connection:
    if role not in BROWSERS:
        return await asyncpg.connect(database.url(role))
    same_database = urlunsplit(urlsplit(server_url)._replace(path=urlsplit(database.owner_url).path))
    connection = await asyncpg.connect(same_database)
    await connection.execute(f"set role {role}")
    return connection


async def refusal(connection: asyncpg.Connection, statement: str, *arguments: object) -> str | None:
    """The server's words when it refuses the statement for want of a right, otherwise None. Undone either way."""
    undo = connection.transaction()
    await undo.start()
    try:
        await connection.execute(statement, *arguments)
    except asyncpg.InsufficientPrivilegeError as error:
        return str(error)
    except asyncpg.PostgresError:
        return None
    finally:
        await undo.rollback()
    return None

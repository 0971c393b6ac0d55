"""The database as whoever runs the system uses it: as its owner."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from vision3.errors import CommandError


@asynccontextmanager
async def connected(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """Raises CommandError when the database is away or refuses."""
    try:
        connection = await asyncpg.connect(database_url, timeout=5)
        try:
            yield connection
        finally:
            await connection.close()
    except (OSError, TimeoutError) as error:
        raise CommandError(f"the database does not answer ({type(error).__name__}): see its log") from error
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise CommandError(f"the database refuses: {error}") from error

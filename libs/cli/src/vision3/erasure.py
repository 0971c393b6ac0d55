"""The erasure of a user, asked for by whoever runs the system: retention carries it out."""

from __future__ import annotations

import asyncio
import time
from uuid import UUID

import asyncpg

from common.ids import uuid7
from vision3.credits import Account
from vision3.errors import CommandError

LOOK_S = 0.5

ASK = "select vision3.request_erasure($1, $2)"
ERASED = "select erased_at is not null from vision3.users where id = $1"


async def ask(connection: asyncpg.Connection, account: Account) -> None:
    """From now on no token of theirs is taken. Raises CommandError for one who is erased."""
    if account.clerk_id is None:
        raise CommandError(f"{account.id} is erased already")
    await connection.execute(ASK, uuid7(), account.clerk_id)


async def wait(connection: asyncpg.Connection, user_id: UUID, seconds: float) -> None:
    """Raises CommandError when it is not done by then."""
    ends_at = time.monotonic() + seconds
    while not await connection.fetchval(ERASED, user_id):
        if time.monotonic() > ends_at:
            raise CommandError(
                "it is not done yet and goes on, if retention runs: what is being made may take until its deadline"
            )
        await asyncio.sleep(LOOK_S)

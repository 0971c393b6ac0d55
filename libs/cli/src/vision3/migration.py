"""Migrating a database, with failures told in one sentence."""

from __future__ import annotations

from collections.abc import Mapping

import asyncpg

from common import migrate as runner
from vision3.errors import CommandError


async def bring_up_to_date(database_url: str, passwords: Mapping[str, str]) -> list[str]:
    """The names of the migrations that were applied. passwords: by service."""
    try:
        return await runner.migrate(database_url, passwords)
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise CommandError(f"the database can't be migrated: {error}") from error

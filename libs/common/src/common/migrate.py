"""The migration runner: numbered SQL files, each applied once, in one transaction, in order.

It connects directly, never through a pooler, as a role that may create roles and owns the database (no superuser).
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

import asyncpg

from common.errors import Vision3Error

LOCK_KEY = 7_306_084_117  # any number of our own: one migration at a time in a database
LOCK_WAIT_S = 60.0

HISTORY = """
create schema if not exists vision3_migrations;
create table if not exists vision3_migrations.applied (
  name text primary key,
  digest text not null,
  applied_at timestamptz not null default now()
);
"""


class MigrationError(Vision3Error):
    """The database can't be brought to this version; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Migration:
    name: str
    sql: str

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


def migrations() -> list[Migration]:
    folder = resources.files("common") / "migrations"
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".sql")), key=lambda f: f.name)
    return [Migration(f.name, f.read_text(encoding="utf-8")) for f in files]


async def migrate(database_url: str, passwords: Mapping[str, str]) -> list[str]:
    """Applies what is missing and sets the services' passwords ({'gateway': '…'}). Returns the names applied."""
    connection = await asyncpg.connect(database_url, timeout=10)
    try:
        await _lock(connection)
        await connection.execute("set lock_timeout = '5s'")
        await connection.execute(HISTORY)
        applied = [m.name for m in migrations() if await _apply(connection, m)]
        for service, password in passwords.items():
            await _set_password(connection, service, password)
        return applied
    finally:
        await connection.close()


async def _lock(connection: asyncpg.Connection) -> None:
    """Polls: a blocking advisory lock would deadlock with `create index concurrently`."""
    loop = asyncio.get_running_loop()
    give_up_at = loop.time() + LOCK_WAIT_S
    while not await connection.fetchval("select pg_try_advisory_lock($1)", LOCK_KEY):
        if loop.time() > give_up_at:
            raise MigrationError(f"another migration has been running for {LOCK_WAIT_S:.0f} s")
        await asyncio.sleep(0.1)


async def _apply(connection: asyncpg.Connection, migration: Migration) -> bool:
    known = await connection.fetchval("select digest from vision3_migrations.applied where name = $1", migration.name)
    if known == migration.digest:
        return False
    if known is not None:
        raise MigrationError(f"{migration.name} was changed after it was applied; write a new migration instead")
    async with connection.transaction():
        await connection.execute(migration.sql)
        await connection.execute("reset role")
        await connection.execute("reset search_path")
        await connection.execute(
            "insert into vision3_migrations.applied (name, digest) values ($1, $2)", migration.name, migration.digest
        )
    return True


async def _set_password(connection: asyncpg.Connection, service: str, password: str) -> None:
    quoted = await connection.fetchval("select format('alter role %I password %L', $1::text, $2::text)",
                                       f"vision3_{service}", password)  # fmt: skip
    for _ in range(20):
        try:
            await connection.execute(quoted)
        except (
            asyncpg.InternalServerError
        ):  # another database's migration updates the same role: "tuple concurrently updated"
            await asyncio.sleep(0.05)
        else:
            return
    raise MigrationError(f"the password of vision3_{service} could not be set")

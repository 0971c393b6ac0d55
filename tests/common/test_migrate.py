"""Migrations on databases of their own, by the role that migrates: no superuser."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from common import migrate as runner
from common.migrate import Migration, MigrationError, migrate, migrations
from tests.support.servers import MIGRATOR, TestDatabase

NAMES = [migration.name for migration in migrations()]
ODD_PASSWORD = 'it\'s 100% \\odd\\ "$$"'


@asynccontextmanager
async def blank(server_url: str, migrated: TestDatabase) -> AsyncIterator[str]:
    """An empty database of the migrating role, in the same cluster as the others."""
    name = f"vision3_test_{secrets.token_hex(4)}"
    admin = await asyncpg.connect(server_url)
    try:
        await admin.execute(f"create database {name} owner {MIGRATOR}")
        yield urlunsplit(urlsplit(migrated.owner_url)._replace(path=f"/{name}"))
    finally:
        await admin.execute(f"drop database {name} with (force)")
        await admin.close()


@pytest.fixture
async def url(postgres_url: str, migrated: TestDatabase) -> AsyncIterator[str]:
    async with blank(postgres_url, migrated) as url:
        yield url


@pytest.fixture
async def admin(postgres_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(postgres_url)
    yield connection
    await connection.close()


async def ask(url: str, sql: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


async def test_each_migration_is_applied_once_and_in_order(url: str):
    assert await migrate(url, {}) == NAMES == sorted(NAMES)
    assert await migrate(url, {}) == []
    assert await ask(url, "select array_agg(name order by applied_at, name) from vision3_migrations.applied") == NAMES


async def test_two_at_once_apply_everything_once(url: str):
    applied = await asyncio.gather(migrate(url, {}), migrate(url, {}))
    assert sorted(applied) == [[], NAMES]


async def test_two_databases_of_one_cluster_are_migrated_at_the_same_time(
    postgres_url: str, migrated: TestDatabase, url: str
):
    """Roles belong to the cluster: both runs set the same ones up."""
    async with blank(postgres_url, migrated) as other:
        here, there = await asyncio.gather(migrate(url, migrated.passwords), migrate(other, migrated.passwords))
        assert here == there == NAMES
        for database in (url, other):
            assert await ask(database, "select amount from vision3.credit_policies where kind = 'signup'") == 20


async def test_a_migration_that_was_changed_after_it_was_applied_is_refused(url: str, monkeypatch: pytest.MonkeyPatch):
    await migrate(url, {})
    first, *rest = migrations()
    changed = Migration(first.name, first.sql + "create table vision3.later (id int);")
    monkeypatch.setattr(runner, "migrations", lambda: [changed, *rest])
    with pytest.raises(MigrationError, match=f"{first.name} was changed"):
        await migrate(url, {})
    assert await ask(url, "select to_regclass('vision3.later')") is None


async def test_a_migration_that_fails_leaves_nothing_and_can_be_mended(url: str, monkeypatch: pytest.MonkeyPatch):
    broken = Migration("9999_new.sql", "set local role vision3_owner; create table vision3.half (id int); select 1/0;")
    monkeypatch.setattr(runner, "migrations", lambda: [*migrations(), broken])
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(url, {})
    assert await ask(url, "select to_regclass('vision3.half')") is None
    mended = Migration(broken.name, broken.sql.replace("select 1/0;", ""))
    monkeypatch.setattr(runner, "migrations", lambda: [*migrations(), mended])
    assert await migrate(url, {}) == [mended.name]
    assert await ask(url, "select tableowner from pg_tables where tablename = 'half'") == "vision3_owner"


async def test_what_a_migration_does_and_the_note_of_it_stand_or_fall_together(
    url: str, monkeypatch: pytest.MonkeyPatch
):
    await migrate(url, {})
    note = "insert into vision3_migrations.applied (name, digest) values ('9999_new.sql', 'taken');"
    unnoted = Migration("9999_new.sql", "create table vision3_migrations.half (id int);" + note)
    monkeypatch.setattr(runner, "migrations", lambda: [unnoted])
    with pytest.raises(asyncpg.UniqueViolationError):
        await migrate(url, {})
    assert await ask(url, "select to_regclass('vision3_migrations.half')") is None


async def test_what_is_applied_belongs_to_the_owner_and_not_to_who_migrated(url: str):
    await migrate(url, {})
    owners = "select array_agg(distinct tableowner::text) from pg_tables where schemaname = 'vision3'"
    assert await ask(url, owners) == ["vision3_owner"]


async def test_a_password_is_set_as_it_is_written_and_not_kept_in_clear(
    url: str, migrated: TestDatabase, admin: asyncpg.Connection
):
    stored = "select rolpassword from pg_authid where rolname = 'vision3_imager'"
    before = await admin.fetchval(stored)
    try:
        await migrate(url, {"imager": ODD_PASSWORD})
        after = await admin.fetchval(stored)
        assert after.startswith("SCRAM-SHA-256$")
        assert after != before
        parts = urlsplit(url)
        imager = await asyncpg.connect(
            host=parts.hostname, port=parts.port, user="vision3_imager", password=ODD_PASSWORD, database=parts.path[1:]
        )
        assert await imager.fetchval("select current_user") == "vision3_imager"
        await imager.close()
    finally:
        await migrate(url, migrated.passwords)


async def test_passwords_that_are_not_named_stay(url: str, admin: asyncpg.Connection):
    stored = "select array_agg(rolpassword order by rolname) from pg_authid where rolname like 'vision3\\_%'"
    before = await admin.fetchval(stored)
    await migrate(url, {})
    assert await admin.fetchval(stored) == before

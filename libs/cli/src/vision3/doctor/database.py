"""Postgres: its version, this version's migrations, and the services' roles."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg

from common.migrate import migrations
from vision3.doctor.findings import Finding, ok, warning, wrong
from vision3.doctor.subject import Subject
from vision3.environment import SERVICES

OLDEST = 150_000
"""PostgreSQL 15, as server_version_num has it."""

AWAY = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)

LEFT_ALONE = """select name, open_until at time zone 'UTC' as open_until, code from vision3.vendors
where open_until > now() order by name"""

ROLES = "select rolname from pg_roles where rolname = any($1::text[]) and rolcanlogin"


async def check(subject: Subject) -> AsyncIterator[Finding]:
    if subject.database_url is None:
        yield wrong("database", "nobody says where it is: set VISION3_DATABASE_URL")
        return
    try:
        connection = await asyncpg.connect(subject.database_url, timeout=5)
    except AWAY as error:
        yield wrong("database", f"{_short(error)}: see VISION3_DATABASE_URL")
        return
    except ValueError:  # which quotes what it could not read: a part of the password, say
        yield wrong("database", "its address can't be read: see VISION3_DATABASE_URL")
        return
    try:
        yield _version(int(await connection.fetchval("show server_version_num")))
        yield await _migrations(connection)
        yield await _roles(connection)
        for finding in await _left_alone(connection):
            yield finding
    finally:
        await connection.close()
    for service, url in subject.service_urls.items():
        yield await _role(service, url)


def _version(number: int) -> Finding:
    version = f"PostgreSQL {number // 10_000}.{number % 10_000}"
    return ok("database", version) if number >= OLDEST else wrong("database", f"{version} is too old: 15 is the oldest")


async def _migrations(connection: asyncpg.Connection) -> Finding:
    if await connection.fetchval("select to_regclass('vision3_migrations.applied')") is None:
        return wrong("migrations", "none was applied: run `vision3 migrate`")
    applied = dict(await connection.fetch("select name, digest from vision3_migrations.applied"))
    known = {migration.name: migration.digest for migration in migrations()}
    if missing := sorted(known.keys() - applied.keys()):
        return wrong("migrations", f"{missing[0]} and later are missing: run `vision3 migrate`")
    if newer := sorted(applied.keys() - known.keys()):
        return wrong("migrations", f"{newer[-1]} is of a newer version than this command: update it")
    if changed := [name for name, digest in known.items() if applied[name] != digest]:
        return wrong("migrations", f"{changed[0]} is not what was applied: this is another version's database")
    return ok("migrations", f"all {len(known)} are applied")


async def _roles(connection: asyncpg.Connection) -> Finding:
    wanted = [f"vision3_{service}" for service in SERVICES]
    there = {row["rolname"] for row in await connection.fetch(ROLES, wanted)}
    if missing := [role for role in wanted if role not in there]:
        return wrong("roles", f"{', '.join(missing)} can't log in: run `vision3 migrate`")
    return ok("roles", f"all {len(wanted)} are there")


async def _left_alone(connection: asyncpg.Connection) -> list[Finding]:
    """Vendors that no service calls for now."""
    if await connection.fetchval("select to_regclass('vision3.vendors')") is None:
        return []
    return [
        warning(f"vendor, {row['name']}", f"is left alone until {row['open_until']:%H:%M:%S} UTC: {row['code']}")
        for row in await connection.fetch(LEFT_ALONE)
    ]


async def _role(service: str, url: str) -> Finding:
    try:
        connection = await asyncpg.connect(url, timeout=5)
        await connection.close()
    except AWAY as error:
        return wrong(f"role of {service}", f"{_short(error)}: see VISION3_{service.upper()}_DB_PASSWORD, and migrate")
    return ok(f"role of {service}", "logs in")


def _short(error: BaseException) -> str:
    return f"{type(error).__name__} ({str(error).splitlines()[0]})" if str(error) else type(error).__name__

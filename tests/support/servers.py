"""Real servers for the tests: named by the environment, else containers where a Docker engine answers, else the wheels.

A named server must be on this machine: tests make databases, roles and streams, and drop them.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from common.migrate import migrate
from vision3.servers import Nats, Postgres, running

SERVICES = ("gateway", "orchestrator", "imager", "billing", "retention")
MIGRATOR = "vision3_test_migrator"
LOCAL = {"127.0.0.1", "localhost", "::1"}

TABLES = (
    "users, erased_identities, generations, concepts, artifacts, credit_entries, idempotency_keys, subscriptions, "
    "purchases, plan_history, reconciliations, webhook_events, outbox, leases, objects_to_delete, retention_runs, "
    "vendors"
)


@dataclass(frozen=True)
class TestDatabase:
    """A freshly migrated database: the migrating owner's URL, and one for each service's role."""

    __test__ = False

    owner_url: str
    passwords: dict[str, str]

    def url(self, service: str) -> str:
        return with_user(self.owner_url, f"vision3_{service}", self.passwords[service])


def with_user(url: str, user: str, password: str, database: str | None = None) -> str:
    parts = urlsplit(url)
    path = f"/{database}" if database else parts.path
    return urlunsplit(parts._replace(netloc=f"{user}:{password}@{parts.hostname}:{parts.port or 5432}", path=path))


@contextmanager
def postgres_server(folder: Path) -> Iterator[str]:
    """The URL of a role that may create databases and roles."""
    named = os.environ.get("VISION3_TEST_DATABASE_URL")
    if named:
        yield local_only(named)
    elif docker_answers():
        from testcontainers.postgres import PostgresContainer

        with PostgresContainer("postgres:18-alpine", driver=None) as container:
            yield container.get_connection_url()
    else:
        with running(Postgres(folder / "postgres")) as server:
            yield server.superuser_url


@contextmanager
def nats_server(folder: Path) -> Iterator[str]:
    named = os.environ.get("VISION3_TEST_NATS_URL")
    if named:
        yield local_only(named)
    elif docker_answers():
        from testcontainers.nats import NatsContainer

        with NatsContainer("nats:2.11-alpine").with_command("-js") as container:
            yield container.nats_uri()
    else:
        with running(Nats(folder / "nats")) as server:
            yield server.url


def local_only(url: str) -> str:
    if urlsplit(url).hostname not in LOCAL:
        raise RuntimeError("tests make and drop databases and streams: name a server on this machine only")
    return url


def docker_answers() -> bool:
    if shutil.which("docker") is None:
        return False
    return subprocess.run(["docker", "info"], capture_output=True, timeout=20).returncode == 0


async def create_database(server_url: str) -> TestDatabase:
    """A database of its own, migrated by a role that is no superuser, as a deployment does it."""
    name = f"vision3_test_{secrets.token_hex(4)}"
    migrator_password = secrets.token_hex(8)
    admin = await asyncpg.connect(server_url)
    try:
        if not await admin.fetchval("select true from pg_roles where rolname = $1", MIGRATOR):
            await admin.execute(f"create role {MIGRATOR} login createrole")
        await admin.execute(f"alter role {MIGRATOR} password '{migrator_password}'")
        await admin.execute(f"create database {name} owner {MIGRATOR}")
    finally:
        await admin.close()
    owner_url = with_user(server_url, MIGRATOR, migrator_password, name)
    passwords = {service: secrets.token_hex(8) for service in SERVICES}
    await migrate(owner_url, passwords)
    return TestDatabase(owner_url, passwords)


async def drop_database(server_url: str, database: TestDatabase) -> None:
    admin = await asyncpg.connect(server_url)
    try:
        await admin.execute(f"drop database {urlsplit(database.owner_url).path[1:]} with (force)")
    finally:
        await admin.close()


async def empty(owner: asyncpg.Connection) -> None:
    """Even while a process of an earlier test works on: what it has open may want our tables in another order."""
    for tries_left in range(4, -1, -1):
        try:
            await owner.execute(f"truncate {TABLES} cascade")
        except asyncpg.DeadlockDetectedError:
            if not tries_left:
                raise
        else:
            return

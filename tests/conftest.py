"""Fixtures that every folder shares: real servers for the session, an empty database for each test."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import asyncpg
import pytest

from common.db import Database
from tests.support import servers, stores

for key in ("GEMINI_API_KEY", "OPENAI_API_KEY", "STABILITY_API_KEY"):
    os.environ.pop(key, None)  # whoever runs the tests may have one, which no test may spend


@pytest.fixture(scope="session")
def server_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("servers")


@pytest.fixture(scope="session")
def postgres_url(server_folder: Path) -> Iterator[str]:
    with servers.postgres_server(server_folder) as url:
        yield url


@pytest.fixture(scope="session")
def nats_url(server_folder: Path) -> Iterator[str]:
    with servers.nats_server(server_folder) as url:
        yield url


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    with stores.s3_server() as endpoint:
        yield endpoint


@pytest.fixture
def bucket(s3_endpoint: str) -> stores.Bucket:
    return stores.new_bucket(s3_endpoint)


@pytest.fixture(scope="session")
async def migrated(postgres_url: str) -> AsyncIterator[servers.TestDatabase]:
    database = await servers.create_database(postgres_url)
    yield database
    await servers.drop_database(postgres_url, database)


@pytest.fixture
async def owner(migrated: servers.TestDatabase) -> AsyncIterator[asyncpg.Connection]:
    """Sees and may change every row."""
    connection = await asyncpg.connect(migrated.owner_url)
    await connection.execute("set search_path = vision3")
    yield connection
    await connection.close()


@pytest.fixture
async def database(migrated: servers.TestDatabase, owner: asyncpg.Connection) -> servers.TestDatabase:
    """The session's database, emptied for this test."""
    await servers.empty(owner)
    return migrated


@pytest.fixture
async def service_db(database: servers.TestDatabase, request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    """A pool as one service's role: `@pytest.mark.parametrize("service_db", ["imager"], indirect=True)`."""
    pool = Database(database.url(request.param))
    await pool.open()
    yield pool
    await pool.close()


@pytest.fixture
async def pools(database: servers.TestDatabase) -> AsyncIterator[Callable[[str], Awaitable[Database]]]:
    """Pools as several services' roles: `db = await pools("imager")`."""
    opened: dict[str, Database] = {}

    async def pool(service: str) -> Database:
        if service not in opened:
            opened[service] = Database(database.url(service))
            await opened[service].open()
        return opened[service]

    yield pool
    for db in opened.values():
        await db.close()

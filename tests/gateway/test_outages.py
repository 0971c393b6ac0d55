"""What clients get while NATS or Postgres is away: an answer, soon, and the right one."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import asyncpg
import nats
from nats.aio.client import Client

from tests.gateway.conftest import Gateway, Start, problem
from tests.gateway.wire import wire
from tests.support.servers import TestDatabase
from vision3.servers import Nats, started

SOON_S = 3.0
CLOSED = "postgresql://vision3_gateway:x@127.0.0.1:1/none"


async def unavailable_soon(gateway: Gateway) -> None:
    for ask in (gateway.generate, lambda: gateway.get("/api/generations"), lambda: gateway.get("/api/me")):
        began = time.monotonic()
        answer = await ask()
        assert time.monotonic() - began < SOON_S
        problem(answer, 503, "unavailable")
        assert int(answer.headers["Retry-After"]) > 0


async def test_with_nats_away_from_the_start_generations_are_accepted(start: Start, owner: asyncpg.Connection):
    async with start(nats_url="nats://127.0.0.1:1") as gateway:
        assert (await gateway.generate()).status_code == 202
        assert await owner.fetchval("select count(*) from outbox") == 1


async def test_what_was_accepted_without_nats_is_announced_once_it_comes(
    start: Start, owner: asyncpg.Connection, tmp_path: Path
):
    server = Nats(tmp_path / "nats")
    async with start(nats_url=server.url) as gateway:
        accepted = (await gateway.generate()).json()
        with started(server):
            connection = await nats.connect(server.url)
            event = await asyncio.wait_for(first_event(connection), 15)
            await connection.close()
    assert event["data"] == {"generation_id": accepted["generation_id"]}


async def first_event(connection: Client) -> dict[str, Any]:
    """The first message of the stream of work, however long the gateway takes to declare it."""
    js = connection.jetstream()
    while True:
        try:
            message = await js.get_msg("VISION3_WORK", 1)
        except (nats.js.errors.Error, nats.errors.Error):
            await asyncio.sleep(0.1)
        else:
            return json.loads(message.data or b"")


async def test_nobody_listening_where_postgres_should_be_is_unavailable(start: Start):
    async with start(database_url=CLOSED) as gateway:
        await unavailable_soon(gateway)


async def test_a_postgres_that_never_answers_is_unavailable_soon(start: Start, database: TestDatabase):
    async with wire(database.url("gateway")) as (line, url):
        line.alive = False
        async with start(database_url=url) as gateway:
            await unavailable_soon(gateway)


async def test_a_postgres_that_goes_dead_under_open_connections_comes_back(start: Start, database: TestDatabase):
    async with wire(database.url("gateway")) as (line, url), start(database_url=url) as gateway:
        assert (await gateway.generate()).status_code == 202
        line.alive = False
        await unavailable_soon(gateway)
        line.alive = True
        assert (await gateway.generate()).status_code == 202


async def test_a_postgres_that_is_stopped_comes_back(start: Start, database: TestDatabase):
    async with wire(database.url("gateway")) as (line, url), start(database_url=url) as gateway:
        assert (await gateway.generate()).status_code == 202
        await line.cut()
        await unavailable_soon(gateway)
        await line.open()
        assert (await gateway.generate()).status_code == 202


async def test_many_requests_against_a_dead_postgres_are_all_answered_soon(start: Start, database: TestDatabase):
    async with wire(database.url("gateway")) as (line, url), start(database_url=url) as gateway:
        await gateway.get("/api/me")
        line.alive = False
        began = time.monotonic()
        answers = await asyncio.gather(*(gateway.get("/api/me") for _ in range(40)))
        assert time.monotonic() - began < SOON_S
        assert {answer.status_code for answer in answers} == {503}


async def test_health_tells_ready_with_the_state_of_what_it_needs(start: Start):
    async with start(database_url=CLOSED, nats_url="nats://127.0.0.1:1") as gateway:
        ready = await gateway.get("/readyz", None)
        assert (await gateway.get("/livez", None)).status_code == 200
    assert (ready.status_code, ready.json()) == (
        200,
        {"ready": True, "dependencies": {"postgres": False, "nats": False, "store": True}},
    )

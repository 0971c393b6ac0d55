"""A service's defaults, seen from outside: a real process, its HTTP, its log and the way it ends."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import asyncpg
import httpx2
import pytest
from nats.js.api import StreamConfig

from common.db import Database
from common.events import GenerationRequested
from common.ids import uuid7
from common.outbox import Outbox
from common.streams import WORK
from tests.common.bus_support import OwnNats, client_of
from tests.support.processes import until
from tests.support.servers import TestDatabase
from vision3.servers.ports import free_port

OUTSIDE = {name: value for name, value in os.environ.items() if not name.startswith("VISION3_")}

PROGRAM = """
import asyncio
import structlog
from common.events import GenerationRequested
from common.service import Service, start
from common.settings import ServiceSettings

class Settings(ServiceSettings):
    ready_alone: bool = False
    break_after_s: float = 0
    work_s: float = 0

def build(settings):
    service = Service("gateway", settings, ready_alone=settings.ready_alone)

    @service.http.get("/things/{name}")
    async def thing(name: str) -> str:
        structlog.get_logger().info("thing.shown")
        return "a thing"

    @service.http.get("/broken/{name}")
    async def broken(name: str) -> str:
        raise ZeroDivisionError(name)

    async def break_down() -> None:
        await asyncio.sleep(settings.break_after_s)
        raise ZeroDivisionError("a secret")

    if settings.break_after_s:
        service.background("breaking", break_down)

    async def work(event: GenerationRequested) -> None:
        print("begun", flush=True)
        await asyncio.sleep(settings.work_s)
        print("finished", flush=True)

    if settings.work_s:
        service.bus.consume(GenerationRequested, work, slots=1)
    return service

start(Settings, build)
"""


class Process:
    """A running service."""

    def __init__(self, process: asyncio.subprocess.Process, port: int, log: Path) -> None:
        self.process = process
        self.log = log
        self.http = httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=5)

    async def get(self, path: str) -> httpx2.Response | None:
        with suppress(httpx2.TransportError):
            return await self.http.get(path)
        return None

    async def answers(self, path: str, status: int) -> bool:
        answer = await self.get(path)
        return answer is not None and answer.status_code == status

    async def said(self, word: str) -> bool:
        return word in await asyncio.to_thread(self.log.read_text)

    def lines(self, event: str) -> list[dict[str, Any]]:
        lines = [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]
        return [line for line in lines if line["event"] == event]


@asynccontextmanager
async def service(database_url: str, nats_url: str, log: Path, **settings: object) -> AsyncIterator[Process]:
    port = free_port()
    environment = {
        **OUTSIDE,
        "VISION3_DATABASE_URL": database_url,
        "VISION3_NATS_URL": nats_url,
        "VISION3_HTTP_PORT": str(port),
        **{f"VISION3_{name.upper()}": str(value) for name, value in settings.items()},
    }
    with log.open("wb") as output:
        started = await asyncio.create_subprocess_exec(
            sys.executable, "-c", PROGRAM, env=environment, stdout=output, stderr=output
        )
    running = Process(started, port, log)
    try:
        yield running
    finally:
        await running.http.aclose()
        with suppress(ProcessLookupError):
            started.kill()
        await started.wait()


@pytest.fixture
async def gateway(database: TestDatabase, empty_nats: str, tmp_path: Path) -> AsyncIterator[Process]:
    async with service(database.url("gateway"), empty_nats, tmp_path / "log") as running:
        await until(lambda: running.answers("/readyz", 200), "the service to be ready")
        yield running


async def test_a_ready_service_says_so_and_what_it_depends_on(gateway: Process):
    assert (await gateway.http.get("/livez")).status_code == 200
    assert (await gateway.http.get("/readyz")).json() == {
        "ready": True,
        "dependencies": {"postgres": True, "nats": True},
    }


async def test_the_log_and_the_metrics_know_routes_and_no_paths(gateway: Process):
    answer = await gateway.http.get("/things/secret-name?token=secret-query")
    assert (await gateway.http.get("/secret-nowhere")).status_code == 404
    assert (await gateway.http.get("/broken/secret-error", headers={"connection": "close"})).status_code == 500
    text = gateway.log.read_text()
    assert "secret" not in text
    assert "secret" not in (await gateway.http.get("/metrics")).text
    lines = {line["route"]: line for line in gateway.lines("http.request")}
    assert lines["/things/{name}"]["status"] == 200
    assert lines["/things/{name}"]["request_id"] == answer.headers["x-request-id"]
    assert lines["unmatched"]["status"] == 404
    assert lines["/broken/{name}"]["status"] == 500
    assert "/readyz" not in lines


async def test_each_line_logged_for_a_request_carries_the_id_of_its_answer_and_none_from_outside(gateway: Process):
    answers = await asyncio.gather(*(gateway.http.get("/things/x", headers={"x-request-id": "mine"}) for _ in range(5)))
    ids = {answer.headers["x-request-id"] for answer in answers}
    assert len(ids) == 5
    for event in ("thing.shown", "http.request"):
        assert {line["request_id"] for line in gateway.lines(event)} == ids
    assert "x-request-id" in (await gateway.http.get("/livez")).headers


async def test_the_metrics_tell_of_requests_and_of_the_outbox(gateway: Process):
    await gateway.http.get("/things/one")
    text = (await gateway.http.get("/metrics")).text
    assert 'vision3_http_requests_total{method="GET",route="/things/{name}",status="200"} 1.0' in text
    assert "vision3_outbox_pending 0.0" in text
    assert "vision3_nats_errors_total" in text


async def test_sigterm_ends_it_quickly_and_well(gateway: Process):
    started = time.monotonic()
    gateway.process.send_signal(signal.SIGTERM)
    assert await gateway.process.wait() == 0
    assert time.monotonic() - started < 3.0
    assert gateway.lines("service.stopped")
    assert "Traceback" not in gateway.log.read_text()


async def test_sigterm_lets_work_finish(database: TestDatabase, empty_nats: str, tmp_path: Path):
    async with service(database.url("gateway"), empty_nats, tmp_path / "log", work_s=1.5) as running:
        await until(lambda: running.answers("/readyz", 200), "the service to be ready")
        async with client_of(empty_nats) as client:
            body = Outbox("vision3/test")
            await announce(database, body)
            await until(lambda: running.said("begun"), "the work to begin")
            running.process.send_signal(signal.SIGTERM)
            assert await running.process.wait() == 0
            assert await running.said("finished")
            assert (await client.jetstream().stream_info(WORK)).state.messages == 0


async def announce(database: TestDatabase, outbox: Outbox) -> None:
    db = Database(database.url("gateway"))
    await db.open()
    async with db.tx() as tx:
        await outbox.add(tx, GenerationRequested(generation_id=uuid7()))
    await db.close()


async def test_without_nats_it_lives_and_waits_and_then_sends_what_waited(
    database: TestDatabase, own_nats: OwnNats, tmp_path: Path, owner: asyncpg.Connection
):
    own_nats.kill()
    async with service(database.url("gateway"), own_nats.server.url, tmp_path / "log") as running:
        await until(lambda: running.answers("/livez", 200), "the service to live")
        answer = await running.http.get("/readyz")
        assert (answer.status_code, answer.json()["dependencies"]) == (503, {"postgres": True, "nats": False})
        await announce(database, Outbox("vision3/test"))
        await asyncio.sleep(1.2)
        assert await owner.fetchval("select count(*) from outbox") == 1
        own_nats.restart()
        await until(lambda: running.answers("/readyz", 200), "the service to be ready")

        async def sent() -> bool:
            return await owner.fetchval("select count(*) from outbox") == 0

        await until(sent, "the event to be sent")
        async with client_of(own_nats.server.url) as client:
            assert (await client.jetstream().stream_info(WORK)).state.messages == 1


async def test_without_nats_it_stops_as_quickly(database: TestDatabase, tmp_path: Path):
    async with service(database.url("gateway"), "nats://127.0.0.1:1", tmp_path / "log") as running:
        await until(lambda: running.answers("/livez", 200), "the service to live")
        started = time.monotonic()
        running.process.send_signal(signal.SIGTERM)
        assert await running.process.wait() == 0
        assert time.monotonic() - started < 3.0


async def test_without_postgres_it_says_so_in_time(empty_nats: str, tmp_path: Path):
    async with service("postgresql://nobody@127.0.0.1:1/none", empty_nats, tmp_path / "log") as running:
        await until(lambda: nats_only(running), "the connection to NATS alone")
        started = time.monotonic()
        assert (await running.http.get("/readyz")).status_code == 503
        assert time.monotonic() - started < 3.0
        assert (await running.http.get("/livez")).status_code == 200


async def nats_only(running: Process) -> bool:
    answer = await running.get("/readyz")
    return answer is not None and answer.json()["dependencies"] == {"postgres": False, "nats": True}


async def test_one_that_has_an_answer_without_its_dependencies_is_ready_without_them(tmp_path: Path):
    nowhere = ("postgresql://nobody@127.0.0.1:1/none", "nats://127.0.0.1:1")
    async with service(*nowhere, tmp_path / "log", ready_alone=True) as running:
        await until(lambda: running.answers("/readyz", 200), "the service to be ready")
        answer = await running.http.get("/readyz")
        assert answer.json() == {"ready": True, "dependencies": {"postgres": False, "nats": False}}


async def test_a_stream_that_can_not_be_made_right_ends_it(database: TestDatabase, own_nats: OwnNats, tmp_path: Path):
    async with client_of(own_nats.server.url) as client:
        await client.jetstream().add_stream(StreamConfig(name=WORK, subjects=["generation.requested.v1"]))
    async with service(database.url("gateway"), own_nats.server.url, tmp_path / "log") as running:
        assert await asyncio.wait_for(running.process.wait(), timeout=10) == 1
        (line,) = running.lines("service.aborted")
        assert WORK in line["reason"]


async def test_a_loop_that_ends_by_an_error_ends_it(database: TestDatabase, empty_nats: str, tmp_path: Path):
    async with service(database.url("gateway"), empty_nats, tmp_path / "log", break_after_s=0.3) as running:
        assert await asyncio.wait_for(running.process.wait(), timeout=10) == 1
        assert running.lines("background.failed")[0]["error"] == "ZeroDivisionError"
        assert "secret" not in running.log.read_text()


@pytest.mark.parametrize(
    "spoil", [lambda e: e.pop("VISION3_NATS_URL"), lambda e: e.update(VISION3_LOG_LEVEL="secret-level")]
)
async def test_wrong_settings_end_it_with_two_and_their_names(spoil: Callable[[dict[str, str]], object]):
    environment = {
        **OUTSIDE,
        "VISION3_DATABASE_URL": "mysql://secret@host/db",
        "VISION3_NATS_URL": "nats://127.0.0.1:1",
        "VISION3_HTTP_PORT": "0",
    }
    spoil(environment)
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", PROGRAM, env=environment, stderr=PIPE)
    _, errors = await process.communicate()
    assert process.returncode == 2
    text = errors.decode()
    assert "VISION3_DATABASE_URL" in text
    assert "VISION3_NATS_URL" in text or "VISION3_LOG_LEVEL" in text
    assert "secret" not in text
    assert "Traceback" not in text

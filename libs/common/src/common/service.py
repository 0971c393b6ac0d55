"""One call gives a service its defaults: logs, traces, metrics, health, a database, the bus, the outbox, shutdown."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from typing import TypeVar

import structlog
import uvicorn
from fastapi import FastAPI, Response
from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest
from pydantic import BaseModel

from common import logs, outbox, telemetry
from common.bus import Bus
from common.db import Database
from common.http_protocol import BoundedHttp
from common.outbox import Outbox, Relay
from common.server import Server
from common.settings import ServiceSettings, SettingsError, load

log = structlog.get_logger()

HTTP_GRACE_S = 5
KEEP_ALIVE_S = 75
"""Longer than balancers and clients keep an idle connection: whoever closes first must not be us, since a request may
be on its way."""

GAUGE_S = 10.0
LOOK_S = 10.0
"""Between two looks at a dependency that is paid for by the request."""
NOT_LOOKED_AT = "it has not been looked at yet"
NOT_STARTED = 3


UP = Gauge(
    "vision3_dependency_up", "Whether what a service needs besides Postgres and NATS can be used", ["dependency"]
)

S = TypeVar("S", bound=ServiceSettings)


class Readiness(BaseModel):
    """`ready` is what the status code says; the dependencies are told apart for whoever has to mend one, and what is
    wrong with one, where it can say so."""

    ready: bool
    dependencies: dict[str, bool]
    problems: dict[str, str] = {}


class Service:
    """The parts every service has. `app.py` adds its own and calls `run`."""

    def __init__(
        self, name: str, settings: ServiceSettings, *, db_budget_s: float = 10.0, ready_alone: bool = False
    ) -> None:
        """`ready_alone`: ready without its dependencies, because it has an answer for callers even then."""
        logs.configure(name, settings.log_level)
        telemetry.trace_to(name, settings.otlp_endpoint)
        self.name = name
        self._settings = settings
        self._ready_alone = ready_alone
        self._background: dict[str, Callable[[], Awaitable[None]]] = {}
        self._stopping: list[Callable[[], None]] = []
        self._problems: dict[str, str | None] = {}
        self._closing: list[Callable[[], Awaitable[None]]] = []
        self.db = Database(
            settings.database_url,
            budget_s=db_budget_s,
            statement_cache_size=settings.statement_cache_size,
            application=f"vision3-{name}",
        )
        self.bus = Bus(settings.nats_url, name, abort=self.abort)
        self.outbox = Outbox(f"vision3/{name}")
        self.http = FastAPI(
            title=f"Vision3 {name}", lifespan=self._lifespan, openapi_url=None, telemetry=telemetry.NOT_FASTAPIS
        )
        self.http.add_middleware(telemetry.HttpTelemetry)
        self._add_health()

    def background(self, name: str, task: Callable[[], Awaitable[None]]) -> None:
        """A loop that lives as long as the process; its end by an error ends the process."""
        self._background[name] = task

    def every(self, seconds: float, name: str, job: Callable[[], Awaitable[object]]) -> None:
        """A job at start and then every `seconds`; an error is logged and the next turn comes all the same."""

        async def loop() -> None:
            while True:
                try:
                    await job()
                except Exception as error:
                    log.warning("job.failed", job=name, exc_info=error)
                await asyncio.sleep(seconds)

        self.background(name, loop)

    def depends_on(self, name: str, problem: Callable[[], Awaitable[str | None]]) -> None:
        """Something besides Postgres and NATS. `problem` says what is wrong with it, or None."""
        self._problems[name] = NOT_LOOKED_AT

        async def look() -> None:
            found = await problem()
            UP.labels(name).set(found is None)
            if found != self._problems[name] and (found or self._problems[name] != NOT_LOOKED_AT):
                log.warning("dependency.changed", dependency=name, problem=found)
            self._problems[name] = found

        self.every(LOOK_S, f"look at {name}", look)

    def on_stop(self, stop: Callable[[], None]) -> None:
        """Called before open requests are waited for: whatever would go on for long has to end it then."""
        self._stopping.append(stop)

    def on_close(self, close: Callable[[], Awaitable[None]]) -> None:
        self._closing.append(close)

    def abort(self, reason: str) -> None:
        """Ends the process at once. All work is safe to kill; whoever supervises us starts it again."""
        log.critical("service.aborted", reason=reason)
        sys.stdout.flush()
        os._exit(1)

    def run(self) -> None:
        """Until SIGTERM or SIGINT, which end it with code 0 once what is under way is done."""
        # uvicorn raises the signal again when it is done; the default handler would make a failure of it.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        server = self.server()
        with suppress(KeyboardInterrupt):
            server.run()
        if not server.started:
            sys.exit(NOT_STARTED)

    def server(self) -> Server:
        """HTTP on the port of the settings."""
        config = uvicorn.Config(
            self.http,
            host=self._settings.http_host,
            port=self._settings.http_port,
            http=BoundedHttp,
            ws="none",  # its handshakes would pass by every middleware
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE_S,
            proxy_headers=False,  # on, it believes any X-Forwarded-For that comes over the loopback
            timeout_graceful_shutdown=HTTP_GRACE_S,
        )
        return Server(config, self._stopping)

    @asynccontextmanager
    async def _lifespan(self, _app: FastAPI) -> AsyncIterator[None]:
        await self.db.open()
        self.background("bus", self.bus.run)
        self.background("relay", self._relay)
        self.every(GAUGE_S, "outbox gauge", lambda: outbox.pending(self.db))
        tasks = [asyncio.create_task(self._guarded(name, task)) for name, task in self._background.items()]
        log.info("service.started")
        try:
            yield
        finally:
            await self.bus.stop()
            await _end(tasks)
            for close in self._closing:
                await close()
            await self.db.close()
            log.info("service.stopped")

    async def _guarded(self, name: str, task: Callable[[], Awaitable[None]]) -> None:
        try:
            await task()
        except Exception as error:
            log.critical("background.failed", task=name, exc_info=error)
            self.abort(f"{name} ended")

    async def _relay(self) -> None:
        await self.bus.connection_made.wait()
        await Relay(self.db, self.outbox, self.bus.client).run()

    def _add_health(self) -> None:
        @self.http.get("/livez", include_in_schema=False)
        async def livez() -> str:
            """The event loop turns. Dependencies are none of its business: a restart would not mend them."""
            return "alive"

        @self.http.get("/readyz", include_in_schema=False, response_model_exclude_defaults=True)
        async def readyz(response: Response) -> Readiness:
            dependencies = {"postgres": await self.db.ping(), "nats": self.bus.connected}
            dependencies |= {name: problem is None for name, problem in self._problems.items()}
            ready = self._ready_alone or all(dependencies.values())
            response.status_code = 200 if ready else 503
            problems = {name: problem for name, problem in self._problems.items() if problem is not None}
            return Readiness(ready=ready, dependencies=dependencies, problems=problems)

        @self.http.get("/metrics", include_in_schema=False)
        async def metrics() -> Response:
            return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def start(settings: type[S], build: Callable[[S], Service]) -> None:
    """A service's process: settings from the environment, then until SIGTERM. Wrong settings end it with code 2."""
    try:
        service = build(load(settings))
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(2) from None
    service.run()


async def _end(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancels until all have ended: before Python 3.12 `wait_for`, ours and libraries', may swallow a cancellation."""
    running = set(tasks)
    while running:
        for task in running:
            task.cancel()
        _, running = await asyncio.wait(running, timeout=0.2)

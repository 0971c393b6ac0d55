"""Buses, messages and servers that may be hurt."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nats
from nats.aio.client import Client
from nats.js.errors import NotFoundError

from common.bus import Bus
from common.events import EventData, GenerationRequested
from common.events.envelope import wrap
from common.ids import uuid7
from common.streams import DEAD, FACTS, WORK, Durable
from tests.support.processes import until
from vision3.servers import Nats, Running
from vision3.servers.ports import free_port

REQUESTED = Durable(GenerationRequested)


class MonitoredNats(Nats):
    """A server that counts what it is asked."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.monitor = free_port()
        self.without: set[str] = set()
        self.extra: dict[str, object] = {}

    def messages_in(self) -> int:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.monitor}/varz") as answer:
            return json.load(answer)["in_msgs"]

    def _settings(self) -> dict[str, object]:
        settings = {**super()._settings(), "http": f"127.0.0.1:{self.monitor}", **self.extra}
        return {name: value for name, value in settings.items() if name not in self.without}


class OwnNats:
    """A test's own server, to be killed and changed."""

    def __init__(self, server: MonitoredNats, process: Running) -> None:
        self.server = server
        self._process = process
        self.kill = process.kill
        self.restart = process.restart

    def hang(self) -> None:
        """It takes what is sent, and answers nothing."""
        os.kill(self._process.pid, signal.SIGSTOP)


class Heard:
    """A handler that notes when it was called and with what, and does what it is told."""

    def __init__(self, *outcomes: BaseException | float) -> None:
        """One outcome per call, the last one for ever: an error to raise, or seconds to take."""
        self.outcomes = list(outcomes)
        self.times: list[float] = []
        self.events: list[Any] = []
        self.finished = 0
        self.running = 0
        self.most_at_once = 0

    async def __call__(self, event: Any) -> None:
        self.times.append(time.monotonic())
        self.events.append(event)
        self.running += 1
        self.most_at_once = max(self.most_at_once, self.running)
        try:
            await self._act()
        finally:
            self.running -= 1
        self.finished += 1

    async def _act(self) -> None:
        outcome = self.outcomes.pop(0) if len(self.outcomes) > 1 else (self.outcomes or [0.0])[0]
        if isinstance(outcome, BaseException):
            raise outcome
        await asyncio.sleep(outcome)

    async def called(self, times: int = 1, *, seconds: float = 10.0) -> None:
        async def enough() -> bool:
            return len(self.times) >= times

        await until(enough, f"call {times} of the handler", seconds=seconds)

    @property
    def gaps(self) -> list[float]:
        return [later - earlier for earlier, later in zip(self.times, self.times[1:], strict=False)]


def new_bus(url: str, service: str = "orchestrator", aborts: list[str] | None = None) -> Bus:
    return Bus(url, service, abort=(aborts if aborts is not None else []).append)


def consuming(url: str, handler: Heard, *, slots: int = 1) -> Bus:
    bus = new_bus(url)
    bus.consume(GenerationRequested, handler, slots=slots)
    return bus


@asynccontextmanager
async def running_bus(bus: Bus) -> AsyncIterator[Bus]:
    task = asyncio.create_task(bus.run())
    try:
        await until(lambda: _connected(bus), "the bus to start")
        yield bus
    finally:
        await ended(bus, task)


async def ended(bus: Bus, task: asyncio.Task[None]) -> None:
    await bus.stop()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def _connected(bus: Bus) -> bool:
    return bus.connected


@asynccontextmanager
async def client_of(url: str) -> AsyncIterator[Client]:
    client = await nats.connect(url)
    try:
        yield client
    finally:
        await client.close()


def body_of(event: EventData) -> bytes:
    return wrap(event, event_id=uuid7(), source="vision3/test", time=datetime.now(UTC)).to_bytes()


async def send(bus: Bus, event: GenerationRequested | None = None, *, timeout_s: float = 3.0) -> GenerationRequested:
    """Publishes as the relay does."""
    event = event or GenerationRequested(generation_id=uuid7())
    await bus.client.jetstream().publish(event.TYPE, body_of(event), stream=WORK, timeout=timeout_s)
    return event


async def send_bytes(bus: Bus, body: bytes) -> None:
    await bus.client.jetstream().publish(GenerationRequested.TYPE, body, stream=WORK, timeout=3)


async def waiting(bus: Bus) -> int:
    """Messages in the work stream: a work queue keeps what is not acked."""
    return (await bus.client.jetstream().stream_info(WORK)).state.messages


async def drained(bus: Bus) -> bool:
    return await waiting(bus) == 0


async def without_streams(url: str) -> None:
    async with client_of(url) as client:
        for stream in (WORK, FACTS, DEAD):
            try:
                await client.jetstream().delete_stream(stream)
            except NotFoundError:
                continue

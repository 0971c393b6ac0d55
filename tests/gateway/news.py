"""Hints as other services send them, and streams as browsers read them: with fetch, over a socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx2
import nats

from common.events import EventData
from common.events.envelope import wrap
from common.ids import uuid7
from common.service import Service
from gateway.app import build
from gateway.settings import Settings
from tests.gateway.conftest import bearer
from vision3.servers.ports import free_port


async def hint(nats_url: str, *events: EventData) -> None:
    """Says it on the bus; whether it is true is for Postgres to know."""
    client = await nats.connect(nats_url)
    for event in events:
        envelope = wrap(event, event_id=uuid7(), source="vision3/test", time=datetime.now(UTC))
        await client.publish(event.TYPE, envelope.to_bytes())
    await client.flush()
    await client.close()


@asynccontextmanager
async def serving(settings: dict[str, Any]) -> AsyncIterator[tuple[Service, str]]:
    """A gateway behind a real socket, and its address; leaving stops it as SIGTERM does."""
    port = free_port()
    service = build(Settings(**(settings | {"http_port": port})))
    server = service.server()
    running = asyncio.create_task(server.serve())
    try:
        async with asyncio.timeout(10):
            while not (server.started and service.bus.connected):
                await asyncio.sleep(0.01)
        yield service, f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await running


@dataclass(frozen=True)
class Event:
    """One event of a stream, or a comment (then `name` is empty)."""

    name: str
    id: str
    data: Any

    @classmethod
    def parse(cls, block: str) -> Event:
        fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        return cls(fields.get("event", ""), fields.get("id", ""), json.loads(fields.get("data", "null")))


class Stream:
    """An open stream of events."""

    def __init__(self, response: httpx2.Response) -> None:
        self.response = response
        self._pieces = response.aiter_text()
        self._rest = ""

    async def next(self, seconds: float = 3.0) -> Event:
        """The next event or comment."""
        async with asyncio.timeout(seconds):
            while "\n\n" not in self._rest:
                self._rest += await anext(self._pieces)
        block, self._rest = self._rest.split("\n\n", 1)
        return Event.parse(block)

    async def rest(self, seconds: float = 3.0) -> list[Event]:
        """All that comes until the stream's proper end."""
        async with asyncio.timeout(seconds):
            async for piece in self._pieces:
                self._rest += piece
        return [Event.parse(block) for block in self._rest.split("\n\n")[:-1]]


@asynccontextmanager
async def stream(url: str, user: str = "alice", token: str | None = None) -> AsyncIterator[Stream]:
    headers = {"Authorization": f"Bearer {token}"} if token else bearer(user)
    async with httpx2.AsyncClient(trust_env=False, timeout=10) as http, http.stream("GET", url, headers=headers) as got:
        yield Stream(got)

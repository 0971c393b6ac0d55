"""A small system in one event loop: orchestrators and imagers on real servers, and a gateway's role to write with."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from nats.js import JetStreamContext

from common.service import Service
from common.settings import ServiceSettings
from imager import app as imager
from imager.providers.base import ImageProvider
from imager.providers.chain import Link
from imager.providers.registry import PROVIDERS
from imager.settings import Settings as ImagerSettings
from orchestrator import app as orchestrator
from orchestrator.concepts.base import ConceptWriter
from orchestrator.concepts.registry import WRITERS
from orchestrator.settings import Settings as OrchestratorSettings
from tests.common.bus_support import without_streams
from tests.support import builders
from tests.support.drain import drained
from tests.support.invariants import check_objects, check_rows
from tests.support.processes import running_service
from tests.support.servers import TestDatabase

STAND_IN = "stand-in"


class System:
    """What a test starts of the system. All of it ends with the test."""

    def __init__(
        self, database: TestDatabase, nats_url: str, owner: asyncpg.Connection, folder: Path, patch: pytest.MonkeyPatch
    ) -> None:
        self.database, self.nats_url, self.owner, self.objects = database, nats_url, owner, folder / "objects"
        self._patch = patch
        self._running: dict[Service, AsyncExitStack] = {}

    def settings(self, service: str) -> dict[str, Any]:
        url = self.database.url(service)
        return {"database_url": url, "nats_url": self.nats_url, "http_port": 0, "log_level": "ERROR"}

    def environment(self, service: str, **settings: str) -> dict[str, str]:
        """For a service in a process of its own."""
        return {f"VISION3_{name.upper()}": str(value) for name, value in (self.settings(service) | settings).items()}

    async def start_gateway(self) -> None:
        """The gateway's role, outbox, relay and bus, without its routes."""
        self.gateway = await self._start(Service("gateway", ServiceSettings(**self.settings("gateway"))))

    async def start_orchestrator(self, writer: ConceptWriter | None = None, *, name: str = "local") -> Service:
        """With that writer, else the one of that name."""
        if writer is not None:
            self._patch.setitem(WRITERS, STAND_IN, lambda _db: writer)
            name = STAND_IN
        return await self._start(
            orchestrator.build(OrchestratorSettings(**self.settings("orchestrator"), concept_writer=name))
        )

    async def start_imager(
        self, provider: ImageProvider | None = None, *, names: Sequence[str] = ("local",)
    ) -> Service:
        """With that provider, else those of these names."""
        if provider is not None:
            self._patch.setitem(PROVIDERS, STAND_IN, lambda _db: Link(STAND_IN, provider))
            names = (STAND_IN,)
        settings = ImagerSettings(
            **self.settings("imager"), store_url=self.objects.as_uri(), image_providers=tuple(names)
        )
        return await self._start(imager.build(settings))

    async def _start(self, service: Service) -> Service:
        self._running[service] = stack = AsyncExitStack()
        return await stack.enter_async_context(running_service(service))

    async def stop(self, service: Service) -> None:
        await self._running.pop(service).aclose()

    async def stop_all(self) -> None:
        for service in [*self._running]:
            await self.stop(service)

    @property
    def js(self) -> JetStreamContext:
        return self.gateway.bus.client.jetstream()

    async def new_user(self, name: str = "user_alice") -> UUID:
        return await builders.new_user(self.gateway.db, name)

    async def request(self, user_id: UUID, **options: Any) -> UUID:
        return await builders.request_generation(self.gateway.db, self.gateway.outbox, user_id, **options)

    async def drain(self, *, dead_letters: int = 0, seconds: float = 20.0) -> None:
        """Until nothing is left to do; then every credit and every picture is accounted for."""
        await drained(self.owner, self.js, dead_letters=dead_letters, seconds=seconds)
        await check_rows(self.owner)
        await check_objects(self.owner, self.objects)

    async def generation(self, generation_id: UUID) -> asyncpg.Record:
        return await self.owner.fetchrow("select * from generations where id = $1", generation_id)

    async def artifacts(self, kind: str) -> int:
        return await self.owner.fetchval("select count(*) from artifacts where type = $1", kind)

    async def credits(self, user_id: UUID) -> int:
        return await self.owner.fetchval("select credits_remaining from users where id = $1", user_id)


@pytest.fixture
async def system(
    database: TestDatabase, nats_url: str, owner: asyncpg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[System]:
    """On an empty bus, with the gateway's part running."""
    await without_streams(nats_url)
    system = System(database, nats_url, owner, tmp_path, monkeypatch)
    await system.start_gateway()
    yield system
    await system.stop_all()

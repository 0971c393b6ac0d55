"""A small system in one event loop: orchestrator and imager on real servers, and a gateway's role to write with."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from common.service import Service
from common.settings import ServiceSettings
from imager import app as imager
from imager.settings import Settings as ImagerSettings
from orchestrator import app as orchestrator
from orchestrator.settings import Settings as OrchestratorSettings
from tests.support.processes import running_service
from tests.support.servers import TestDatabase


def common_settings(database: TestDatabase, nats_url: str, service: str) -> dict[str, Any]:
    return {"database_url": database.url(service), "nats_url": nats_url, "http_port": 0, "log_level": "ERROR"}


@pytest.fixture
async def orchestrator_service(database: TestDatabase, nats_url: str) -> AsyncIterator[Service]:
    settings = OrchestratorSettings(**common_settings(database, nats_url, "orchestrator"))
    async with running_service(orchestrator.build(settings)) as service:
        yield service


@pytest.fixture
async def imager_service(database: TestDatabase, nats_url: str, tmp_path: Path) -> AsyncIterator[Service]:
    settings = ImagerSettings(**common_settings(database, nats_url, "imager"), store_url=f"file://{tmp_path}/objects")
    async with running_service(imager.build(settings)) as service:
        yield service


@pytest.fixture
async def gateway_service(database: TestDatabase, nats_url: str) -> AsyncIterator[Service]:
    """The gateway's role, outbox and relay, without its routes."""
    settings = ServiceSettings(**common_settings(database, nats_url, "gateway"))
    async with running_service(Service("gateway", settings)) as service:
        yield service


@pytest.fixture
async def ended(owner: asyncpg.Connection):
    async def check(generation_id) -> bool:
        return await owner.fetchval("select status from generations where id = $1", generation_id) != "PENDING"

    return check

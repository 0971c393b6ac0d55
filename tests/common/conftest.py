"""A NATS server without streams for each test, one of its own for those that hurt it; a server of our HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.common import http_support
from tests.common.bus_support import MonitoredNats, OwnNats, without_streams
from vision3.servers import started


@pytest.fixture
async def empty_nats(nats_url: str) -> str:
    await without_streams(nats_url)
    return nats_url


@pytest.fixture
def own_nats(tmp_path: Path) -> Iterator[OwnNats]:
    server = MonitoredNats(tmp_path / "nats")
    with started(server) as process:
        yield OwnNats(server, process)


@pytest.fixture
async def port() -> AsyncIterator[int]:
    async with http_support.served() as port:
        yield port

"""A NATS server without streams for each test, and one of its own for those that hurt it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

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

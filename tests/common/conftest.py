"""A NATS server without streams for each test, and one of its own for those that hurt it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.common.bus_support import MonitoredNats, without_streams
from vision3.servers import Running, started


@pytest.fixture
async def empty_nats(nats_url: str) -> str:
    await without_streams(nats_url)
    return nats_url


@pytest.fixture
def own_nats(tmp_path: Path) -> Iterator[Running]:
    with started(MonitoredNats(tmp_path / "nats")) as server:
        yield server

"""Servers with the deployed configuration."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.nats_support import DeployedNats
from vision3.servers import running


@pytest.fixture
def deployed_nats(tmp_path: Path) -> Iterator[DeployedNats]:
    with running(DeployedNats(tmp_path / "nats")) as server:
        yield server


@pytest.fixture(scope="module")
def bare_nats(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeployedNats]:
    """Without streams: what is said there reaches nobody."""
    with running(DeployedNats(tmp_path_factory.mktemp("bare"))) as server:
        yield server

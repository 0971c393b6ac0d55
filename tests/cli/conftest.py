"""What commands are run on."""

from __future__ import annotations

import pytest

from tests.support.servers import TestDatabase


@pytest.fixture
def elsewhere(database: TestDatabase) -> dict[str, str]:
    """A database that the environment names, and no NATS."""
    return {"VISION3_DATABASE_URL": database.owner_url, "VISION3_NATS_URL": "", "COLUMNS": "250"}

"""`vision3 status` of a system that runs elsewhere, named by the environment."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess

import asyncpg
import nats
import pytest

from common.streams import WORKERS, Durable, declare
from tests.cli.test_commands import MAIN, vision3
from tests.support.servers import TestDatabase


@pytest.fixture
def elsewhere(database: TestDatabase, nats_url: str) -> dict[str, str]:
    asyncio.run(_declare(nats_url))
    return {"VISION3_DATABASE_URL": database.owner_url, "VISION3_NATS_URL": nats_url, "COLUMNS": "100"}


def test_webhooks_that_need_somebody_are_counted(elsewhere: dict[str, str], database: TestDatabase):
    asyncio.run(_store(database.owner_url, "unmatched", "unmatched", "failed", "applied", None))
    shown = vision3("status", "--json", env=elsewhere).stdout
    assert json.loads(shown)["webhooks"] == {"waiting": 1, "unmatched": 2, "failed": 1}


async def _store(owner_url: str, *outcomes: str | None) -> None:
    connection = await asyncpg.connect(owner_url)
    for number, outcome in enumerate(outcomes):
        await connection.execute(
            """insert into vision3.webhook_events (id, source, event_name, body_digest, outcome)
               values (gen_random_uuid(), 'lemonsqueezy', 'order_created', $1, $2)""",
            bytes([number]),
            outcome,
        )
    await connection.close()


async def _declare(nats_url: str) -> None:
    client = await nats.connect(nats_url)
    await declare(client.jetstream(), [Durable(event) for event in WORKERS])
    await client.close()


def test_what_the_environment_names_is_looked_at(elsewhere: dict[str, str]):
    result = vision3("status", "--json", env=elsewhere)
    found = json.loads(result.stdout)
    assert found["generations"] == {"PENDING": 0, "COMPLETED": 0, "FAILED": 0}
    assert found["webhooks"] == {"waiting": 0, "unmatched": 0, "failed": 0}
    assert set(found["queues"]) == {event.TYPE for event in WORKERS}
    assert (found["processes"], found["imagers_alive"], found["gateway_url"]) == ([], None, None)


def test_for_people_it_is_tables_without_processes_that_nobody_knows_of(elsewhere: dict[str, str]):
    shown = vision3("status", env=elsewhere).stdout
    assert "oldest pending" in shown
    assert "process" not in shown
    assert "imagers alive" not in shown


def test_it_watches_until_it_is_stopped(elsewhere: dict[str, str]):
    command = [*MAIN, "status", "--watch", "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, **elsewhere})
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(2)]
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=10)
    assert process.returncode == 0
    assert all("outbox_pending" in json.loads(line) for line in lines)


def test_a_folder_that_is_named_counts_more_than_the_environment(elsewhere: dict[str, str], tmp_path):
    result = vision3("status", "--data", str(tmp_path), env=elsewhere)
    assert (result.returncode, "nothing runs on" in result.stderr) == (1, True)

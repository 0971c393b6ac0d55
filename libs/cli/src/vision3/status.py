"""How a running system does: its processes, its queues, what is unsettled, unsent or dead."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import nats
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from common.streams import DEAD, WORK, WORKERS, Durable
from vision3.data_dir import DataDir
from vision3.errors import CommandError
from vision3.state import Place, State, place

GENERATIONS = "select status, count(*) as n from vision3.generations group by status"
OLDEST = """
select coalesce(extract(epoch from now() - min(created_at)), 0)::float8
from vision3.generations where status = 'PENDING'
"""
OUTBOX = "select count(*) from vision3.outbox"
WEBHOOKS = """
select count(*) filter (where outcome is null) as waiting, count(*) filter (where outcome = 'unmatched') as unmatched,
  count(*) filter (where outcome = 'failed') as failed
from vision3.webhook_events where outcome is null or outcome in ('unmatched', 'failed')
"""


@dataclass(frozen=True, slots=True)
class Process:
    name: str
    pid: int | None
    running: bool


@dataclass(frozen=True, slots=True)
class Queue:
    """waiting: not delivered yet. in_hand: delivered, not acknowledged yet."""

    waiting: int
    in_hand: int


@dataclass(frozen=True, slots=True)
class Status:
    """gateway_url, processes and the imagers among them are known of a system that `vision3 up` runs here."""

    gateway_url: str | None
    processes: list[Process]
    imagers_alive: int | None
    generations: Mapping[str, int]
    oldest_pending_s: float
    outbox_pending: int
    webhooks: Mapping[str, int]
    queues: Mapping[str, Queue]
    dead_letters: int


async def read_status(folder: Path | None) -> Status:
    """Of the system in that folder, or the one that the environment names.

    Raises CommandError when nothing runs there, or Postgres or NATS don't answer.
    """
    where = place(folder)
    processes = _processes(where.system) if where.system else []
    try:
        rows = await _rows(where)
        queues, dead = await _streams(where)
    except (OSError, TimeoutError, NatsError, asyncpg.PostgresError) as error:
        raise CommandError(f"the system does not answer ({type(error).__name__}): see its logs") from error
    return Status(
        gateway_url=where.system.gateway_url if where.system else None,
        processes=processes,
        imagers_alive=sum(p.running for p in processes if p.name.startswith("imager-")) if where.system else None,
        generations=rows.generations,
        oldest_pending_s=round(rows.oldest_s, 1),
        outbox_pending=rows.unsent,
        webhooks=rows.webhooks,
        queues=queues,
        dead_letters=dead,
    )


def _processes(system: State) -> list[Process]:
    listed = json.loads(DataDir.at(Path(system.data_dir)).state.read_text())["processes"]
    return [Process(p["name"], p["pid"], _lives(p["pid"])) for p in listed]


def _lives(pid: int | None) -> bool:
    if pid is None:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class _Rows:
    generations: Mapping[str, int]
    oldest_s: float
    unsent: int
    webhooks: Mapping[str, int]


async def _rows(where: Place) -> _Rows:
    connection = await asyncpg.connect(where.database_url, timeout=5)
    try:
        counted = {row["status"]: row["n"] for row in await connection.fetch(GENERATIONS)}
        webhooks = await connection.fetchrow(WEBHOOKS)
        return _Rows(
            generations={status: counted.get(status, 0) for status in ("PENDING", "COMPLETED", "FAILED")},
            oldest_s=await connection.fetchval(OLDEST),
            unsent=await connection.fetchval(OUTBOX),
            webhooks=dict(webhooks or {}),
        )
    finally:
        await connection.close()


async def _streams(where: Place) -> tuple[dict[str, Queue], int]:
    client = await nats.connect(where.nats_url, connect_timeout=5, max_reconnect_attempts=1)
    try:
        js = client.jetstream(timeout=5)
        queues = {event.TYPE: await _queue(js, Durable(event)) for event in WORKERS}
        present = {subject: queue for subject, queue in queues.items() if queue is not None}
        return present, (await js.stream_info(DEAD)).state.messages
    finally:
        await client.close()


async def _queue(js: JetStreamContext, durable: Durable) -> Queue | None:
    """None while no service has asked for this work yet."""
    try:
        info = await js.consumer_info(WORK, durable.name)
    except NotFoundError:
        return None
    return Queue(waiting=info.num_pending or 0, in_hand=info.num_ack_pending or 0)

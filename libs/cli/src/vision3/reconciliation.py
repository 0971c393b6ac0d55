"""A reconciliation that somebody asks for: billing carries it out, and its row says how far it is."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

import asyncpg

from common.ids import uuid7
from vision3.errors import CommandError

BEGIN_S = 25.0
"""Billing looks every ten seconds."""
LOOK_S = 0.3

ASK = "insert into vision3.reconciliations (id, dry_run) values ($1, $2)"
SHOW = """
select id, dry_run, started_at is not null as begun, resources, found, listed, outcome, error,
  extract(epoch from coalesce(finished_at, now()) - started_at)::float8 as seconds
from vision3.reconciliations where id = $1
"""
WITHDRAW = "delete from vision3.reconciliations where id = $1 and started_at is null"


@dataclass(frozen=True, slots=True)
class Finding:
    """An event that no webhook had told, and of what: subscription:…, order:… or invoice:…"""

    event: str
    reference: str


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """resources: how many of the vendor's were looked at. listed: the first of what was found. seconds: once begun."""

    id: UUID
    dry_run: bool
    begun: bool
    resources: int
    found: int
    listed: Sequence[Finding]
    outcome: Literal["done", "failed"] | None
    error: str | None
    seconds: float | None


async def reconcile(
    connection: asyncpg.Connection, *, dry_run: bool, wait_s: float, progress: Callable[[Reconciliation], None]
) -> Reconciliation:
    """Asks for one and waits for its end. Raises CommandError when it fails, or is not over in time."""
    asked_at, pass_id = time.monotonic(), uuid7()
    await connection.execute(ASK, pass_id, dry_run)
    while (state := await _state(connection, pass_id)).outcome is None:
        progress(state)
        waited = time.monotonic() - asked_at
        if not state.begun and waited > BEGIN_S and await _withdrawn(connection, pass_id):
            raise CommandError("billing did not begin: does it run? Nothing was changed")
        if waited > wait_s:
            raise CommandError("it is not over yet, and goes on: see --wait")
        await asyncio.sleep(LOOK_S)
    if state.outcome == "failed":
        raise CommandError(f"it failed after {state.resources} resources: {state.error}; the next pass finds the rest")
    return state


async def _state(connection: asyncpg.Connection, pass_id: UUID) -> Reconciliation:
    row = await connection.fetchrow(SHOW, pass_id)
    if row is None:
        raise CommandError("somebody deleted it")
    listed = [Finding(**finding) for finding in json.loads(row["listed"])]
    return Reconciliation(**{**dict(row), "listed": listed})


async def _withdrawn(connection: asyncpg.Connection, pass_id: UUID) -> bool:
    return bool((await connection.execute(WITHDRAW, pass_id)).endswith(" 1"))

"""LemonSqueezy's webhooks as whoever runs the system sees them, and has them worked on again: as the owner."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args
from uuid import UUID

import asyncpg

from vision3.errors import CommandError

Outcome = Literal["waiting", "applied", "ignored", "unmatched", "refused", "failed"]
"""`waiting`: to be worked on, or for another event. The others are final, unless it is replayed."""
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)

LOOK_S = 0.3

FACTS = """
select id, received_at, event_name as event, coalesce(outcome, 'waiting') as outcome, error as reason, waits_for,
  attempts, processed_at, body is not null as has_body, reconciled
from vision3.webhook_events where source = 'lemonsqueezy'
"""
CHOSEN = """
 and ($1::text is null or coalesce(outcome, 'waiting') = $1) and ($2::text is null or event_name = $2)
"""
BODY = "select body from vision3.webhook_events where id = $1"

# Received at no other time than it was: an event that waits for another gives up an hour after that.
DUE_AGAIN = """
update vision3.webhook_events
set processed_at = null, outcome = null, error = null, waits_for = null, attempts = 0, next_attempt_at = now()
where id = any($1::uuid[]) and body is not null
"""
UNTOUCHED = """
select count(*) from vision3.webhook_events
where id = any($1::uuid[]) and processed_at is null and attempts = 0 and error is null
"""


@dataclass(frozen=True, slots=True)
class Webhook:
    """One delivery. event: "" where its body is no envelope. has_body: until retention forgets it.
    reconciled: no webhook told it, a reconciliation found it.
    """

    id: UUID
    received_at: datetime
    event: str
    outcome: Outcome
    reason: str | None
    waits_for: str | None
    attempts: int
    processed_at: datetime | None
    has_body: bool
    reconciled: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """None: any."""

    outcome: Outcome | None = None
    event: str | None = None


async def newest(connection: asyncpg.Connection, wanted: Wanted, limit: int) -> tuple[list[Webhook], int]:
    """The newest of them, and how many there are."""
    chosen = FACTS + CHOSEN
    rows = await connection.fetch(f"{chosen} order by id desc limit $3", wanted.outcome, wanted.event, limit)
    total = await connection.fetchval(f"select count(*) from ({chosen}) c", wanted.outcome, wanted.event)  # noqa: S608
    return [Webhook(**dict(row)) for row in rows], total


async def find(connection: asyncpg.Connection, ids: Sequence[UUID]) -> list[Webhook]:
    """In the order of the ids. Raises CommandError for one that is not there."""
    rows = await connection.fetch(f"{FACTS} and id = any($1::uuid[])", ids)
    found = {row["id"]: Webhook(**dict(row)) for row in rows}
    for one in ids:
        if one not in found:
            raise CommandError(f"there is no webhook {one}: see vision3 webhooks list")
    return [found[one] for one in ids]


async def body(connection: asyncpg.Connection, webhook_id: UUID) -> bytes:
    stored: bytes | None = await connection.fetchval(BODY, webhook_id)
    return stored or b""


async def make_due(connection: asyncpg.Connection, webhooks: Sequence[Webhook]) -> None:
    """Billing works on them as if they had come now. Raises CommandError, and changes nothing, if a body is gone."""
    for webhook in webhooks:
        if not webhook.has_body:
            raise CommandError(f"the body of {webhook.id} was forgotten: ask LemonSqueezy to send it again")
    await connection.execute(DUE_AGAIN, [webhook.id for webhook in webhooks])


async def wait_for_billing(
    connection: asyncpg.Connection, ids: Sequence[UUID], seconds: float, progress: Callable[[int], None]
) -> list[Webhook]:
    """Until billing looked at each. progress: is told how many are left. Raises CommandError when time is up."""
    ends_at = time.monotonic() + seconds
    while left := await connection.fetchval(UNTOUCHED, ids):
        progress(left)
        if time.monotonic() > ends_at:
            raise CommandError(f"billing has not looked at {left} of {len(ids)} yet: it will, if it runs")
        await asyncio.sleep(LOOK_S)
    return await find(connection, ids)

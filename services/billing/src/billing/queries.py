"""All SQL of billing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from common.db import Tx


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """A stored delivery that is due. `attempts`: those that failed."""

    id: UUID
    name: str
    body: bytes
    attempts: int


async def store_event(tx: Tx, event_id: UUID, name: str, body: bytes) -> bool:
    """False when these very bytes are stored already."""
    return (
        await tx.execute(
            """insert into webhook_events (id, source, event_name, body, body_digest)
           values ($1, 'lemonsqueezy', $2, $3, sha256($3)) on conflict (source, body_digest) do nothing""",
            event_id,
            name,
            body,
        )
        == 1
    )


async def take_due(tx: Tx) -> WebhookEvent | None:
    """Locks one event that is due and in nobody else's hands, until the transaction ends."""
    row = await tx.fetchrow(
        """select id, event_name as name, body, attempts from webhook_events
           where source = 'lemonsqueezy' and processed_at is null and next_attempt_at <= now()
           order by next_attempt_at limit 1 for no key update skip locked"""
    )
    return WebhookEvent(**dict(row)) if row else None


async def finish(tx: Tx, event_id: UUID, outcome: str, error: str | None) -> None:
    await tx.execute(
        "update webhook_events set processed_at = now(), outcome = $2, error = $3 where id = $1",
        event_id,
        outcome,
        error,
    )


async def try_later(tx: Tx, event_id: UUID, delay: timedelta, error: str) -> None:
    await tx.execute(
        """update webhook_events set attempts = attempts + 1, next_attempt_at = now() + $2, error = $3
           where id = $1""",
        event_id,
        delay,
        error,
    )


@asynccontextmanager
async def undone_on_error(tx: Tx) -> AsyncIterator[None]:
    """What the body wrote is taken back when it raises; the transaction goes on, its locks held."""
    await tx.execute("savepoint attempt")
    try:
        yield
    except Exception:
        await tx.execute("rollback to savepoint attempt")
        raise


async def user_exists(tx: Tx, user_id: UUID) -> bool:
    return bool(await tx.fetchval("select exists (select from users where id = $1)", user_id))


async def grant_pack(tx: Tx, entry_id: UUID, user_id: UUID, amount: int, reference: str, note: str) -> bool:
    """False when the ledger knows that reference already."""
    return bool(
        await tx.fetchval(
            "select grant_credits($1, $2, $3, 'pack', $4, $5)", entry_id, user_id, amount, reference, note
        )
    )


async def differing_balances(tx: Tx) -> int:
    """How many users' balances are not the sum of their entries. Reads the whole ledger."""
    return int(
        await tx.fetchval(
            """select count(*) from users u
               left join (select user_id, sum(amount) from credit_entries group by user_id) l on l.user_id = u.id
               where u.credits_remaining <> coalesce(l.sum, 0)"""
        )
    )

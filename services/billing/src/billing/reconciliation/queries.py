"""The SQL of reconciliation: what is known already, whose a purchase is, and the passes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import get_args
from uuid import UUID

from billing.payloads import Subscription
from billing.tiers import Status
from common.db import Tx
from common.ids import uuid7

LISTED = 1000
"""So many findings of a pass are kept by name; all are counted."""


@dataclass(frozen=True, slots=True)
class Pass:
    id: UUID
    dry_run: bool


@dataclass(frozen=True, slots=True)
class Known:
    """Of a purchase. refunded_cents: in all, as far as it was told."""

    paid: bool
    refunded_cents: int


async def knows_subscription(tx: Tx, subscription: Subscription) -> bool:
    """This state of it or a later one, by the order that `store_subscription` goes by."""
    return bool(
        await tx.fetchval(
            """select exists (select from subscriptions where id = $1
                 and (vendor_updated_at, coalesce(array_position($4::text[], status), 0))
                   >= ($2::timestamptz, array_position($4::text[], $3)))""",
            subscription.id,
            subscription.attributes.updated_at,
            subscription.attributes.status,
            list(get_args(Status)),
        )
    )


async def known_pack(tx: Tx, reference: str) -> Known:
    row = await tx.fetchrow(
        """select exists (select from credit_entries where reference = $1) as paid,
             coalesce((select refunded_cents from purchases where reference = $1), 0) as refunded_cents""",
        reference,
    )
    return Known(**dict(row or {}))


async def known_plan_order(tx: Tx, reference: str) -> Known:
    """A subscription's first order: its first invoice is the same payment."""
    row = await tx.fetchrow(
        """select exists (select from plan_history where reference = $1)
             or exists (select from purchases where order_reference = $1 and paid_at is not null) as paid,
             coalesce((select max(refunded_cents) from purchases where order_reference = $1), 0) as refunded_cents""",
        reference,
    )
    return Known(**dict(row or {}))


async def known_invoice(tx: Tx, reference: str) -> Known:
    row = await tx.fetchrow(
        """select coalesce(bool_or(paid_at is not null), false) as paid,
             coalesce(max(refunded_cents), 0) as refunded_cents from purchases where reference = $1""",
        reference,
    )
    return Known(**dict(row or {}))


async def user_of(tx: Tx, customer_id: int | None, email: str | None) -> UUID | None:
    """Whose the customer's subscriptions are, if they are one user's; else the one user with that address."""
    owners = await tx.fetch(
        "select distinct user_id from subscriptions where customer_id = $1 and user_id is not null limit 2", customer_id
    )
    if len(owners) == 1:
        owner: UUID = owners[0]["user_id"]
        return owner
    found: UUID | None = await tx.fetchval("select user_of_email($1)", email)
    return found


async def is_stored(tx: Tx, body: bytes) -> bool:
    return bool(
        await tx.fetchval(
            """select exists (select from webhook_events
               where source = 'lemonsqueezy' and body_digest = sha256($1))""",
            body,
        )
    )


async def store(tx: Tx, event: str, body: bytes) -> None:
    await tx.execute(
        """insert into webhook_events (id, source, event_name, body, body_digest, reconciled)
           values ($1, 'lemonsqueezy', $2, $3, sha256($3), true) on conflict (source, body_digest) do nothing""",
        uuid7(),
        event,
        body,
    )


async def asked_for(tx: Tx) -> Pass | None:
    """The oldest pass that somebody asked for and nobody began."""
    row = await tx.fetchrow(
        "select id, dry_run from reconciliations where started_at is null order by requested_at limit 1"
    )
    return Pass(**dict(row)) if row else None


async def last_was_within(tx: Tx, age: timedelta) -> bool:
    return bool(
        await tx.fetchval(
            "select exists (select from reconciliations where not dry_run and started_at > now() - $1::interval)", age
        )
    )


async def ask(tx: Tx) -> Pass:
    """The schedule's own."""
    new = Pass(uuid7(), dry_run=False)
    await tx.execute("insert into reconciliations (id, dry_run) values ($1, false)", new.id)
    return new


async def begin(tx: Tx, pass_id: UUID) -> None:
    """Whatever else was begun and has not ended died with its process."""
    await tx.execute(
        """update reconciliations set finished_at = now(), outcome = 'failed', error = 'its process ended'
           where started_at is not null and finished_at is null"""
    )
    await tx.execute("update reconciliations set started_at = now() where id = $1", pass_id)


async def progress(tx: Tx, pass_id: UUID, read: int, found: Sequence[tuple[str, str]]) -> None:
    """`found`: events with the references of what they tell of."""
    listed = json.dumps([{"event": event, "reference": reference} for event, reference in found])
    await tx.execute(
        """update reconciliations set resources = resources + $2, found = found + $3,
             listed = case when jsonb_array_length(listed) < $5 then listed || $4::jsonb else listed end
           where id = $1""",
        pass_id,
        read,
        len(found),
        listed,
        LISTED,
    )


async def end(tx: Tx, pass_id: UUID, outcome: str, error: str | None = None) -> None:
    await tx.execute(
        """update reconciliations set started_at = coalesce(started_at, now()), finished_at = now(), outcome = $2,
             error = $3 where id = $1""",
        pass_id,
        outcome,
        error,
    )

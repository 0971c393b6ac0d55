"""All SQL of billing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args
from uuid import UUID

from billing.payloads import Subscription as VendorsSubscription
from billing.tiers import Standing, Status, Subscription, Tier
from common.db import Tx


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """A stored delivery that is due. `attempts`: those that failed. `reconciled`: the vendor was asked, and told it."""

    id: UUID
    name: str
    body: bytes
    attempts: int
    age: timedelta
    reconciled: bool


@dataclass(frozen=True, slots=True)
class KnownSubscription:
    id: str
    user_id: UUID | None
    order_id: int | None


@dataclass(frozen=True, slots=True)
class PlanAt:
    """The plan at some time, as far as it is known. certain: nothing that is still to come would say otherwise."""

    variant_id: int
    certain: bool


@dataclass(frozen=True, slots=True)
class TakenBack:
    """`user_id` None: there was nothing to take."""

    user_id: UUID | None
    taken: int
    short: int


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
        """select id, event_name as name, body, attempts, now() - received_at as age, reconciled from webhook_events
           where source = 'lemonsqueezy' and processed_at is null and next_attempt_at <= now()
           order by next_attempt_at limit 1 for no key update skip locked"""
    )
    return WebhookEvent(**dict(row)) if row else None


async def finish(tx: Tx, event_id: UUID, outcome: str, error: str | None, waits_for: str | None = None) -> None:
    await tx.execute(
        "update webhook_events set processed_at = now(), outcome = $2, error = $3, waits_for = $4 where id = $1",
        event_id,
        outcome,
        error,
        waits_for,
    )


async def wait(tx: Tx, event_id: UUID, delay: timedelta, error: str | None, waits_for: str | None) -> None:
    await tx.execute(
        "update webhook_events set next_attempt_at = now() + $2, error = $3, waits_for = $4 where id = $1",
        event_id,
        delay,
        error,
        waits_for,
    )


async def wake(tx: Tx, *known: str) -> None:
    """What waits for one of these is due now. One that is in somebody's hands comes again by itself.

    An array is made once; of `in (select …)` the planner may make a join that looks and locks again for every event.
    """
    await tx.execute(
        """update webhook_events set processed_at = null, outcome = null, next_attempt_at = now()
           where id = any(array(
             select id from webhook_events
             where source = 'lemonsqueezy' and waits_for = any($1) and (processed_at is null or outcome = 'unmatched')
               and body is not null
             for no key update skip locked))""",
        list(known),
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
    """False for one who was erased, or asked to be."""
    return bool(
        await tx.fetchval(
            "select exists (select from users where id = $1 and erased_at is null and erase_requested_at is null)",
            user_id,
        )
    )


async def hold_standing(tx: Tx, user_id: UUID) -> Standing:
    """Locks the user until the transaction ends: only one at a time derives their tier."""
    row = await tx.fetchrow(
        "select subscription_tier as tier, tier_until as until from users where id = $1 for no key update", user_id
    )
    if row is None:
        raise LookupError("no such user")
    return Standing(**dict(row))


async def set_standing(tx: Tx, user_id: UUID, standing: Standing) -> None:
    await tx.execute(
        "update users set subscription_tier = $2, tier_until = $3 where id = $1", user_id, standing.tier, standing.until
    )


async def whose_tier_ended(tx: Tx) -> UUID | None:
    """Locks one whose tier time alone has ended, and whom nobody else holds."""
    user_id: UUID | None = await tx.fetchval(
        "select id from users where tier_until <= now() order by tier_until limit 1 for no key update skip locked"
    )
    return user_id


async def now(tx: Tx) -> datetime:
    at: datetime = await tx.fetchval("select now()")
    return at


async def subscriptions_of(tx: Tx, user_id: UUID) -> list[Subscription]:
    """A failure counts from its first sign, until any later payment."""
    rows = await tx.fetch(
        """select s.tier, s.status, s.ends_at, least(
             case when s.past_due_at > paid.last then s.past_due_at end,
             (select min(p.failed_at) from purchases p
              where p.subscription_id = s.id and p.paid_at is null and p.failed_at > paid.last)) as failing_since
           from subscriptions s cross join lateral (
             select coalesce(max(p.paid_at), '-infinity') as last from purchases p where p.subscription_id = s.id) paid
           where s.user_id = $1""",
        user_id,
    )
    return [Subscription(**dict(row)) for row in rows]


async def has_running_plan(tx: Tx, user_id: UUID) -> bool:
    """Whether the vendor takes money for one, or may again: one that is cancelled or has expired is paid no more."""
    return bool(
        await tx.fetchval(
            "select exists (select from subscriptions where user_id = $1 and status not in ('cancelled', 'expired'))",
            user_id,
        )
    )


async def newest_subscription(tx: Tx, user_id: UUID) -> str | None:
    """One that has not expired comes first."""
    found: str | None = await tx.fetchval(
        """select id from subscriptions where user_id = $1
           order by status = 'expired', vendor_updated_at desc limit 1""",
        user_id,
    )
    return found


async def known_subscription(tx: Tx, subscription_id: str) -> KnownSubscription | None:
    row = await tx.fetchrow("select id, user_id, order_id from subscriptions where id = $1", subscription_id)
    return KnownSubscription(**dict(row)) if row else None


async def store_subscription(tx: Tx, subscription: VendorsSubscription, user_id: UUID, tier: Tier) -> UUID | None:
    """Whose it is. None: a newer state is known, or a later one of the same time."""
    facts = subscription.attributes
    owner: UUID | None = await tx.fetchval(
        """insert into subscriptions as s (id, user_id, tier, status, customer_id, order_id, product_id, variant_id,
             renews_at, ends_at, vendor_updated_at, past_due_at)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::timestamptz,
             case $4 when 'past_due' then $11::timestamptz end)
           on conflict (id) do update set
             user_id = coalesce(s.user_id, excluded.user_id), tier = excluded.tier, status = excluded.status,
             customer_id = excluded.customer_id, order_id = excluded.order_id, product_id = excluded.product_id,
             variant_id = excluded.variant_id, renews_at = excluded.renews_at, ends_at = excluded.ends_at,
             vendor_updated_at = excluded.vendor_updated_at,
             past_due_at = case when excluded.past_due_at is not null
               then coalesce(s.past_due_at, excluded.past_due_at) end
           where (s.vendor_updated_at, coalesce(array_position($12::text[], s.status), 0))
             <= (excluded.vendor_updated_at, array_position($12::text[], excluded.status))
           returning user_id""",
        subscription.id,
        user_id,
        tier,
        facts.status,
        facts.customer_id,
        facts.order_id,
        facts.product_id,
        facts.variant_id,
        facts.renews_at,
        facts.ends_at,
        facts.updated_at,
        list(get_args(Status)),
    )
    return owner


async def store_plan(tx: Tx, reference: str, at: datetime, variant_id: int) -> None:
    """What a subscription was of then, or what an order bought."""
    await tx.execute(
        "insert into plan_history (reference, at, variant_id) values ($1, $2, $3) on conflict do nothing",
        reference,
        at,
        variant_id,
    )


async def ordered_plan(tx: Tx, order_id: int | None) -> PlanAt | None:
    """An order never changes."""
    variant_id = await tx.fetchval(
        "select variant_id from plan_history where reference = 'order:' || $1", str(order_id)
    )
    return PlanAt(variant_id, certain=True) if variant_id else None


async def plan_at(tx: Tx, subscription_id: str, at: datetime) -> PlanAt:
    """Each invoice comes along with a change of its subscription, of about the same time: that one is certain. Else the
    last before it, else the first after."""
    row = await tx.fetchrow(
        """select variant_id, at between $2::timestamptz - interval '2 minutes' and $2 + interval '2 minutes' as certain
           from plan_history where reference = 'subscription:' || $1
           order by certain desc, at > $2, abs(extract(epoch from at - $2)), variant_id limit 1""",
        subscription_id,
        at,
    )
    return PlanAt(**dict(row)) if row else PlanAt(0, certain=False)


async def store_order(tx: Tx, reference: str) -> None:
    await tx.execute("insert into purchases (reference) values ($1) on conflict do nothing", reference)


async def store_invoice(
    tx: Tx,
    reference: str,
    subscription_id: str,
    *,
    order_reference: str | None = None,
    failed_at: datetime | None = None,
    paid_at: datetime | None = None,
) -> None:
    """Adds to what is known of it: its first failure, its last payment."""
    await tx.execute(
        """insert into purchases as p (reference, subscription_id, order_reference, failed_at, paid_at)
           values ($1, $2, $3, $4, $5)
           on conflict (reference) do update set
             order_reference = coalesce(p.order_reference, excluded.order_reference),
             failed_at = least(p.failed_at, excluded.failed_at), paid_at = greatest(p.paid_at, excluded.paid_at)""",
        reference,
        subscription_id,
        order_reference,
        failed_at,
        paid_at,
    )


async def paid_purchase(tx: Tx, reference: str) -> str | None:
    """Its reference; of a subscription's first order, that of its invoice. None: it isn't known as paid."""
    found: str | None = await tx.fetchval(
        """select reference from purchases
           where (reference = $1 or order_reference = $1) and (subscription_id is null or paid_at is not null)""",
        reference,
    )
    return found


async def grant(
    tx: Tx, entry_id: UUID, user_id: UUID, amount: int, kind: Literal["plan", "pack"], reference: str, note: str
) -> bool:
    """False when the ledger knows that reference already."""
    return bool(
        await tx.fetchval(
            "select grant_credits($1, $2, $3, $4, $5, $6)", entry_id, user_id, amount, kind, reference, note
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


async def take_back(tx: Tx, entry_id: UUID, reference: str, refunded_cents: int, total_cents: int) -> TakenBack:
    """For what was refunded of a purchase in all, less what was taken before."""
    rows = await tx.fetch(
        "select user_id, taken, short from take_back($1, $2, $3, $4)", entry_id, reference, refunded_cents, total_cents
    )
    return TakenBack(**dict(rows[0]))

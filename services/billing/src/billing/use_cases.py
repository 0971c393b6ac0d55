"""Billing's decisions: what a delivery is worth, and when it is tried again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from uuid import UUID

from billing import lemonsqueezy, queries
from billing.lemonsqueezy import AnyEvent, OrderCreated
from billing.plans import Shop
from billing.queries import WebhookEvent
from common.db import Tx
from common.errors import Malformed, WorkError
from common.events import CreditsChanged
from common.ids import uuid7
from common.outbox import Outbox

ATTEMPTS = 5
FIRST_DELAY = timedelta(seconds=10)

Outcome = Literal["applied", "ignored", "unmatched", "refused", "failed", "again_later"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of an event, and why: for the row and the log, without a word of the payload."""

    outcome: Outcome
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Worked:
    """One event that was worked on."""

    event_id: UUID
    name: str
    verdict: Verdict


async def receive(tx: Tx, body: bytes) -> bool:
    """Stores a delivery whose signature fits. False when it is there already, which is as good."""
    return await queries.store_event(tx, uuid7(), lemonsqueezy.event_name(body), body)


async def work_on_next(tx: Tx, outbox: Outbox, shop: Shop) -> Worked | None:
    """Takes one due event and records what became of it together with its effect. None: nothing is due."""
    event = await queries.take_due(tx)
    if event is None:
        return None
    try:
        async with queries.undone_on_error(tx):
            verdict = await _judge(tx, outbox, shop, event)
            await queries.finish(tx, event.id, verdict.outcome, verdict.reason)
    except Exception as error:  # an outage or a bug of ours: neither may lose a payment
        verdict = await _fail(tx, event, error)
    return Worked(event.id, event.name, verdict)


async def _fail(tx: Tx, event: WebhookEvent, error: Exception) -> Verdict:
    reason = str(error) if isinstance(error, WorkError) else type(error).__name__
    await queries.try_later(tx, event.id, FIRST_DELAY * 4**event.attempts, reason)
    if event.attempts + 1 < ATTEMPTS:
        return Verdict("again_later", reason)
    await queries.finish(tx, event.id, "failed", reason)
    return Verdict("failed", reason)


async def _judge(tx: Tx, outbox: Outbox, shop: Shop, event: WebhookEvent) -> Verdict:
    if event.name == lemonsqueezy.UNREADABLE:
        return Verdict("refused", "the body is no envelope with an event's name")
    handle = HANDLERS.get(event.name)
    if handle is None:
        return Verdict("ignored", "nothing is done about this event")
    try:
        foreign = _foreign(lemonsqueezy.read(AnyEvent, event.body), shop)
        return Verdict("refused", foreign) if foreign else await handle(tx, outbox, shop, event.body)
    except Malformed as error:
        return Verdict("refused", error.detail)


def _foreign(event: AnyEvent, shop: Shop) -> str | None:
    if event.meta.test_mode != shop.test_mode:
        return "a test event" if event.meta.test_mode else "a live event, and only test events are taken here"
    if shop.store_id not in {None, event.data.attributes.store_id}:
        return "another store's event"
    return None


async def order_created(tx: Tx, outbox: Outbox, shop: Shop, body: bytes) -> Verdict:
    """A paid order of a pack becomes credits, once for an order, whatever envelope tells of it."""
    event = lemonsqueezy.read(OrderCreated, body)
    order, item = event.data, event.data.attributes.first_order_item
    if order.attributes.status != "paid":
        return Verdict("ignored", "the order is not paid")
    credits_each = shop.packs.get(item.variant_id)
    if credits_each is None:
        return Verdict("ignored", f"variant {item.variant_id} is no pack: a subscription's, or not sold here")
    user_id = event.meta.user_id
    if user_id is None or not await queries.user_exists(tx, user_id):
        return Verdict("unmatched", "the custom data names no user of ours")
    note = f"variant {item.variant_id}, {item.quantity} bought"
    amount = credits_each * item.quantity
    if not await queries.grant_pack(tx, uuid7(), user_id, amount, f"order:{order.id}", note):
        return Verdict("ignored", "this order is in the ledger already")
    await outbox.add(tx, CreditsChanged(user_id=user_id))
    return Verdict("applied")


Handler = Callable[[Tx, Outbox, Shop, bytes], Awaitable[Verdict]]

HANDLERS: dict[str, Handler] = {
    "order_created": order_created,
}
"""What is done about which event: one function and one line each."""

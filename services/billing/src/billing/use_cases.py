"""Billing's decisions about a delivery: what becomes of it, and when it is tried again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from billing import lemonsqueezy, queries
from billing.handlers.registry import HANDLERS
from billing.lemonsqueezy import AnyEvent
from billing.plans import Shop
from billing.queries import WebhookEvent
from billing.verdicts import Verdict
from common.db import Tx
from common.errors import Malformed, WorkError
from common.ids import uuid7
from common.outbox import Outbox

ATTEMPTS = 5
FIRST_DELAY = timedelta(seconds=10)

WAIT_AT_LEAST = timedelta(seconds=10)
WAIT_AT_MOST = timedelta(minutes=5)
WAIT_IN_ALL = timedelta(hours=1)
"""Events come in any order, minutes apart when the vendor had to try again. Waiting costs no attempt."""


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
            verdict = await _settle(tx, event, await _judge(tx, outbox, shop, event))
    except Exception as error:  # an outage or a bug of ours: neither may lose a payment
        verdict = await _fail(tx, event, error)
    return Worked(event.id, event.name, verdict)


async def _settle(tx: Tx, event: WebhookEvent, verdict: Verdict) -> Verdict:
    if verdict.outcome == "waits" and event.age < WAIT_IN_ALL:
        delay = min(max(event.age, WAIT_AT_LEAST), WAIT_AT_MOST)
        await queries.wait(tx, event.id, delay, verdict.reason, verdict.waits_for)
        return verdict
    if verdict.outcome == "waits":
        verdict = Verdict("unmatched", verdict.reason, verdict.waits_for)
    await queries.finish(tx, event.id, verdict.outcome, verdict.reason, verdict.waits_for)
    return verdict


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
        return Verdict("refused", foreign) if foreign else await handle(tx, outbox, shop, event)
    except Malformed as error:
        return Verdict("refused", error.detail)


def _foreign(event: AnyEvent, shop: Shop) -> str | None:
    if event.meta.test_mode != shop.test_mode:
        return "a test event" if event.meta.test_mode else "a live event, and only test events are taken here"
    if shop.store_id not in {None, event.data.attributes.store_id}:
        return "another store's event"
    return None

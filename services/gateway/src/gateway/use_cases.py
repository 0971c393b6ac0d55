"""What the gateway decides: in the caller's transaction, or in one statement that is a transaction by itself."""

from __future__ import annotations

import hashlib
import json
from typing import Any
from uuid import UUID

from common.db import Database, Tx
from common.errors import Problem
from common.events import GenerationRequested, UserDeleted
from common.ids import uuid7
from common.outbox import Outbox
from common.problems import not_found
from gateway import queries
from gateway.clerk import Event, PersonChanged
from gateway.queries import Order
from gateway.schemas import Accepted, NewGeneration

PENDING_RETRY_S = 5


def order(wanted: NewGeneration, key: str | None) -> Order:
    """A thumbnail costs a credit each and titles come along; titles alone cost one."""
    said = json.dumps([wanted.type, wanted.prompt, wanted.requested_count])
    return Order(
        generation_id=uuid7(),
        type=wanted.type,
        prompt=wanted.prompt,
        requested_count=wanted.requested_count,
        credits=wanted.requested_count,
        key=key,
        digest=hashlib.sha256(said.encode()).digest(),
    )


async def request_generation(
    db: Database, user_id: UUID, outbox: Outbox, order: Order, *, max_pending: int
) -> Accepted:
    """Stores, charges and announces a generation, or gives the answer that its key was given before.

    One statement, which is the whole transaction. Raises the Problem that stands in the way; then nothing was done.
    """
    announcement = outbox.row(GenerationRequested(generation_id=order.generation_id))
    try:
        balance = await queries.place(db, user_id, order, announcement, max_pending)
    except queries.TooFewCredits:
        raise await _insufficient_credits(db, user_id, order) from None
    except queries.TooManyPending:
        raise _too_many_pending(max_pending) from None
    if balance is None:
        return await _answer_again(db, user_id, order)
    outbox.added.set()
    return _accepted(order.generation_id, balance)


async def editable_picture(tx: Tx, artifact_id: UUID) -> dict[str, Any]:
    """The artifact's row. Raises 404 for what isn't one's own, 409 for what isn't the picture of a settled concept."""
    found = await queries.artifact(tx, artifact_id)
    if found is None:
        raise not_found()
    if found["type"] != "IMAGE" or found["concept_status"] != "RENDERED":
        raise Problem(409, "not_editable", "only finished pictures can be edited")
    return found


async def hear(tx: Tx, outbox: Outbox, event: Event) -> bool:
    """Keeps the newest state of a person, or has them erased, once. False: it changes nothing that is known."""
    if isinstance(event, PersonChanged):
        return await queries.update_identity(tx, event.data.id, event.data.email, event.data.as_of)
    return await leave(tx, outbox, event.data.id)


async def leave(tx: Tx, outbox: Outbox, clerk_id: str) -> bool:
    """Nobody is this person here from now on; retention erases what is left. False: that was asked for before."""
    user_id = await queries.request_erasure(tx, clerk_id)
    if user_id is not None:
        await outbox.add(tx, UserDeleted(user_id=user_id))
    return user_id is not None


async def _insufficient_credits(db: Database, user_id: UUID, order: Order) -> Problem:
    async with db.tx_as(user_id) as tx:
        row = await queries.me(tx)
    return Problem(
        402,
        "insufficient_credits",
        f"this costs {order.credits} credits",
        credits_remaining=row["credits_remaining"] if row else 0,
        credits_required=order.credits,
    )


def _too_many_pending(most: int) -> Problem:
    headers = {"Retry-After": str(PENDING_RETRY_S)}
    return Problem(429, "too_many_pending", f"at most {most} generations may be pending at a time", headers=headers)


async def _answer_again(db: Database, user_id: UUID, order: Order) -> Accepted:
    async with db.tx_as(user_id) as tx:
        earlier = await queries.earlier_answer(tx, str(order.key))
    if earlier is None or earlier.request_digest != order.digest:
        raise Problem(422, "idempotency_key_reused", "use a new key for a new request")
    return _accepted(earlier.generation_id, earlier.balance_after)


def _accepted(generation_id: UUID, balance: int) -> Accepted:
    return Accepted(generation_id=generation_id, status="PENDING", credits_remaining=balance)

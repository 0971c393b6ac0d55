"""What the gateway decides. Each takes the caller's transaction; the route that opened it commits."""

from __future__ import annotations

import hashlib
import json
from typing import Any
from uuid import UUID

from common.db import Tx
from common.errors import Problem
from common.events import GenerationRequested
from common.ids import uuid7
from common.outbox import Outbox
from common.problems import not_found
from gateway import queries
from gateway.queries import EarlierAnswer, Order
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


async def request_generation(tx: Tx, outbox: Outbox, order: Order, *, max_pending: int) -> Accepted:
    """Stores, charges and announces a generation, or gives the answer that its key was given before.

    Raises TooFewCredits, or the Problem that stands in the way; either undoes all of it.
    """
    placed = await queries.place(tx, order)
    if placed is None:
        return await _answer_again(tx, order)
    if placed.pending > max_pending:
        raise Problem(
            429,
            "too_many_pending",
            f"at most {max_pending} generations may be pending at a time",
            headers={"Retry-After": str(PENDING_RETRY_S)},
        )
    await outbox.add(tx, GenerationRequested(generation_id=order.generation_id))
    return _accepted(order.generation_id, placed.balance)


async def insufficient_credits(tx: Tx, order: Order) -> Problem:
    """Said in a transaction of its own: the charge that failed took its transaction with it."""
    row = await queries.me(tx)
    balance = row["credits_remaining"] if row else 0
    return Problem(
        402,
        "insufficient_credits",
        f"this costs {order.credits} credits",
        credits_remaining=balance,
        credits_required=order.credits,
    )


async def editable_picture(tx: Tx, artifact_id: UUID) -> dict[str, Any]:
    """The artifact's row. Raises 404 for what isn't one's own, 409 for what isn't the picture of a settled concept."""
    found = await queries.artifact(tx, artifact_id)
    if found is None:
        raise not_found()
    if found["type"] != "IMAGE" or found["concept_status"] != "RENDERED":
        raise Problem(409, "not_editable", "only finished pictures can be edited")
    return found


async def _answer_again(tx: Tx, order: Order) -> Accepted:
    earlier: EarlierAnswer | None = await queries.earlier_answer(tx, str(order.key))
    if earlier is None or earlier.request_digest != order.digest:
        raise Problem(422, "idempotency_key_reused", "use a new key for a new request")
    return _accepted(earlier.generation_id, earlier.balance_after)


def _accepted(generation_id: UUID, balance: int) -> Accepted:
    return Accepted(generation_id=generation_id, status="PENDING", credits_remaining=balance)

"""The orchestrator's decisions: who writes, what a draft becomes, when a generation ends and what goes back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from common.db import Tx
from common.errors import Malformed, Permanent, WorkError
from common.events import ConceptProposed, CreditsChanged, EventData, GenerationCompleted, GenerationFailed
from common.ids import uuid7
from common.leases import LeaseLost
from common.outbox import Outbox
from common.work import LeaseHeld
from orchestrator import metrics, queries
from orchestrator.concepts.base import TITLES, Draft
from orchestrator.queries import Delivered, GenerationTask, PendingGeneration

OVERDUE = "deadline_exceeded"
OVERDUE_DETAIL = "It was not ready in time."
PARTLY = "partly_delivered"
CANCELLED = "cancelled"
CANCELLED_DETAIL = "It was deleted before it was ready."
NO_PICTURE = "no_picture"
NO_PICTURE_DETAIL = "None of the pictures could be made."


@dataclass(frozen=True, slots=True)
class Failure:
    code: str
    detail: str

    @classmethod
    def of(cls, error: WorkError) -> Failure:
        return cls(error.code, error.detail)


async def take(tx: Tx, generation_id: UUID, deadline: timedelta) -> GenerationTask | None:
    """The task, or None when nothing is left to do. Raises LeaseHeld, or Malformed for a generation nobody knows."""
    task = await queries.take_generation(tx, generation_id, uuid7(), deadline)
    if task is not None:
        return task
    state = await queries.generation_state(tx, generation_id)
    if state is None:
        raise _unknown()
    if state.status != "PENDING" or state.written or state.lease_until is None:
        return None
    raise LeaseHeld(state.lease_until, state.now)


async def store_draft(tx: Tx, outbox: Outbox, task: GenerationTask, draft: Draft) -> None:
    """Concepts, titles and the imagers' work, at once.

    Raises LeaseLost when the task is not ours any more, Permanent when the writer did not write what was asked for.
    """
    if (len(draft.concepts), len(draft.titles)) != (task.count, TITLES):
        raise Permanent("draft_incomplete", "The concepts and titles could not be written.")
    if not await queries.release_generation(tx, task.id, task.token):
        raise LeaseLost
    for position, title in enumerate(draft.titles):
        await queries.insert_title(tx, uuid7(), task.id, title, _made_by(draft, position))
    events: list[EventData] = []
    for position, concept in enumerate(draft.concepts):
        concept_id = uuid7()
        await queries.insert_concept(tx, concept_id, task.id, position, concept)
        events.append(ConceptProposed(concept_id=concept_id, generation_id=task.id))
    await outbox.add(tx, *events)
    if task.type == "TITLE":
        await settle(tx, outbox, task.id)


def _made_by(draft: Draft, position: int) -> dict[str, object]:
    """The metadata of a title. What the calls cost is shared by all titles, to the last millionth of a cent."""
    each, left = divmod(draft.cost_microcents, len(draft.titles))
    cost = each + (position < left)
    return {
        "writer": draft.writer,
        "model": draft.model,
        "calls": draft.calls,
        "provider_ms": draft.ms,
        "cost_microcents": cost,
    }


async def give_up(tx: Tx, outbox: Outbox, task: GenerationTask, error: WorkError) -> None:
    """No concepts will come: the generation fails, if it is still ours to fail."""
    if await queries.release_generation(tx, task.id, task.token):
        await settle(tx, outbox, task.id, failure=Failure.of(error))


async def settle(tx: Tx, outbox: Outbox, generation_id: UUID, *, failure: Failure | None = None) -> bool:
    """Ends a generation that can be ended: with its refund, its status and its event. Nothing else ends one."""
    generation = await queries.lock_pending(tx, generation_id)
    if generation is None:
        return False
    failure = _ended_from_outside(generation) or failure
    if failure is not None:
        await queries.fail_proposed(tx, generation_id, failure.code, failure.detail)
    # A statement of its own: one that locks and counts misses an artifact whose commit it waited for.
    made = await queries.delivered(tx, generation_id)
    if failure is None and not _is_done(generation, made):
        return False
    await _end(tx, outbox, generation, made, failure)
    return True


async def settle_after_concept(tx: Tx, outbox: Outbox, generation_id: UUID) -> None:
    """One of its concepts has ended. Raises Malformed for a generation nobody knows."""
    if not await settle(tx, outbox, generation_id) and await queries.generation_state(tx, generation_id) is None:
        raise _unknown()


def _unknown() -> Malformed:
    return Malformed("unknown_generation", "there is no such generation")


def _ended_from_outside(generation: PendingGeneration) -> Failure | None:
    if generation.cancelled:
        return Failure(CANCELLED, CANCELLED_DETAIL)
    return Failure(OVERDUE, OVERDUE_DETAIL) if generation.overdue else None


def _is_done(generation: PendingGeneration, made: Delivered) -> bool:
    if generation.type == "TITLE":
        return made.titles > 0
    return made.concepts > 0 and made.proposed == 0


async def _end(tx: Tx, outbox: Outbox, generation: PendingGeneration, made: Delivered, failure: Failure | None) -> None:
    worth = made.images if generation.type == "THUMBNAIL" else min(made.titles, 1)
    missing = generation.credits_charged - worth
    reason = failure or Failure(NO_PICTURE, NO_PICTURE_DETAIL)
    note = reason.code if worth == 0 else PARTLY
    if missing > 0:
        await queries.refund(tx, uuid7(), generation.id, missing, note)
        if generation.user_id is not None:
            await outbox.add(tx, CreditsChanged(user_id=generation.user_id))
    code = metrics.COMPLETED if worth > 0 else reason.code
    metrics.count_settled(tx, generation.type, code, refunded=max(missing, 0), reason=note)
    if worth > 0:
        await queries.end_generation(tx, generation.id, "COMPLETED", None, None)
        await outbox.add(tx, GenerationCompleted(generation_id=generation.id, user_id=generation.user_id))
    else:
        await queries.end_generation(tx, generation.id, "FAILED", reason.code, reason.detail)
        await outbox.add(
            tx, GenerationFailed(generation_id=generation.id, user_id=generation.user_id, code=reason.code)
        )

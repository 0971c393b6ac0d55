"""The imager's decisions: who renders, what a rendered concept leaves behind, what an edit is."""

from __future__ import annotations

import hashlib
from uuid import UUID

from common.db import Tx
from common.errors import Malformed, Problem, WorkError
from common.events import ArtifactEdited, ConceptFailed, ConceptRendered
from common.ids import derived, uuid7
from common.keys import picture_key
from common.outbox import Outbox
from common.work import LeaseHeld
from imager import queries
from imager.compose import Composed
from imager.queries import ConceptTask, NewPicture, Original


async def take(tx: Tx, concept_id: UUID) -> ConceptTask | None:
    """The task, or None when nothing is left to do. Raises LeaseHeld, or Malformed for a concept nobody knows."""
    task = await queries.take_concept(tx, concept_id, uuid7())
    if task is not None:
        return task
    state = await queries.concept_state(tx, concept_id)
    if state is None:
        raise Malformed("unknown_concept", "there is no such concept")
    if not state.open or state.lease_until is None:
        return None
    raise LeaseHeld(state.lease_until, state.now)


def original_id(task: ConceptTask) -> UUID:
    return derived(task.id, "original")


def edit_digest(new_text: str) -> bytes:
    return hashlib.sha256(new_text.encode()).digest()


def edit_id(original: Original, new_text: str) -> UUID:
    return derived(original.id, new_text)


async def finish(tx: Tx, outbox: Outbox, task: ConceptTask, composed: Composed, background: dict[str, object]) -> None:
    """The artifact, the concept's end and the event, unless the concept ended otherwise meanwhile."""
    if not await queries.end_concept(tx, task.id, task.token, "RENDERED"):
        return
    picture = NewPicture(
        id=original_id(task),
        generation_id=task.generation_id,
        concept_id=task.id,
        object_key=picture_key(task.generation_id, original_id(task)),
        metadata=facts(composed) | background,
    )
    await queries.insert_picture(tx, picture)
    await outbox.add(tx, ConceptRendered(concept_id=task.id, generation_id=task.generation_id, artifact_id=picture.id))


async def give_up(tx: Tx, outbox: Outbox, task: ConceptTask, error: WorkError) -> None:
    if await queries.end_concept(tx, task.id, task.token, "FAILED", error.code, error.detail):
        await outbox.add(tx, ConceptFailed(concept_id=task.id, generation_id=task.generation_id, code=error.code))


async def find_original(tx: Tx, artifact_id: UUID) -> Original:
    original = await queries.editable(tx, artifact_id)
    if original is None:
        raise Problem(409, "not_editable", "only the finished picture of a concept can be edited")
    return original


async def finish_edit(tx: Tx, outbox: Outbox, original: Original, new_text: str, composed: Composed) -> None:
    """The new version beside its parent. An equal edit that was there first stays; this one says the same."""
    if not await queries.hold_generation(tx, original.generation_id):
        raise Problem(409, "not_editable", "this generation has been anonymized")
    artifact_id = edit_id(original, new_text)
    kept = {name: original.metadata[name] for name in BACKGROUND_FACTS if name in original.metadata}
    picture = NewPicture(
        id=artifact_id,
        generation_id=original.generation_id,
        concept_id=original.concept_id,
        object_key=picture_key(original.generation_id, artifact_id),
        metadata=facts(composed) | kept | {"cost_microcents": 0},
        parent_id=original.id,
        edit_digest=edit_digest(new_text),
    )
    if await queries.insert_picture(tx, picture):
        event = ArtifactEdited(artifact_id=artifact_id, parent_id=original.id, generation_id=original.generation_id)
        await outbox.add(tx, event)


BACKGROUND_FACTS = ("background_key", "provider", "model")


def facts(composed: Composed) -> dict[str, object]:
    """What the metadata says of a picture; `text_layer` holds words, the rest doesn't."""
    return {
        "width": composed.width,
        "height": composed.height,
        "bytes": len(composed.jpeg),
        "format": "jpeg",
        "contrast": composed.contrast,
        "text_layer": composed.text_layer,
        "notes": list(composed.notes),
    }

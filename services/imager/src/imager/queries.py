"""All SQL of the imager."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from common.db import Tx
from common.leases import LEASE


@dataclass(frozen=True, slots=True)
class ConceptTask:
    """A concept whose picture is to be made, taken under `token`."""

    id: UUID
    token: UUID
    attempts: int
    generation_id: UUID
    position: int
    headline: str
    description: str
    mood: str
    palette: tuple[str, ...]
    layout: str
    remaining_s: float


@dataclass(frozen=True, slots=True)
class ConceptState:
    open: bool
    lease_until: datetime | None
    now: datetime


@dataclass(frozen=True, slots=True)
class Original:
    """A picture that can be edited, with what its concept says about it."""

    id: UUID
    generation_id: UUID
    concept_id: UUID
    metadata: dict[str, object]
    palette: tuple[str, ...]
    layout: str


@dataclass(frozen=True, slots=True)
class NewPicture:
    """An image artifact to be stored. object_key: where its bytes already are."""

    id: UUID
    generation_id: UUID
    concept_id: UUID
    object_key: str
    metadata: dict[str, object]
    parent_id: UUID | None = None
    edit_digest: bytes | None = None


TAKE = """
update concepts c set lease_token = $2, lease_until = now() + $3, attempts = c.attempts + 1
from generations g
where c.id = $1 and g.id = c.generation_id and c.status = 'PROPOSED' and g.status = 'PENDING' and g.deadline_at > now()
  and (c.lease_until is null or c.lease_until < now())
returning c.id, c.lease_token as token, c.attempts, c.generation_id, c.position, c.headline, c.description, c.mood,
  c.palette, c.layout, extract(epoch from g.deadline_at - now())::float8 as remaining_s
"""


async def take_concept(tx: Tx, concept_id: UUID, token: UUID) -> ConceptTask | None:
    row = await tx.fetchrow(TAKE, concept_id, token, LEASE)
    return ConceptTask(**{**dict(row), "palette": tuple(row["palette"])}) if row else None


async def concept_state(tx: Tx, concept_id: UUID) -> ConceptState | None:
    row = await tx.fetchrow(
        """select c.lease_until, now() as now,
             c.status = 'PROPOSED' and g.status = 'PENDING' and g.deadline_at > now() as open
           from concepts c join generations g on g.id = c.generation_id where c.id = $1""",
        concept_id,
    )
    return ConceptState(**dict(row)) if row else None


async def release_concept(tx: Tx, concept_id: UUID, token: UUID, *, untried: bool = False) -> None:
    """Gives the lease back; untried: and the attempt that was counted."""
    await tx.execute(
        """update concepts set lease_token = null, lease_until = null, attempts = attempts - $3
           where id = $1 and lease_token = $2""",
        concept_id,
        token,
        int(untried),
    )


async def end_concept(
    tx: Tx, concept_id: UUID, token: UUID, status: str, code: str | None = None, detail: str | None = None
) -> bool:
    """False when the concept was settled otherwise meanwhile, or is another worker's: the result is discarded."""
    return (
        await tx.execute(
            """update concepts set status = $3, failure_code = $4, failure_detail = $5, settled_at = now(),
             lease_token = null, lease_until = null
           where id = $1 and lease_token = $2 and status = 'PROPOSED'""",
            concept_id,
            token,
            status,
            code,
            detail,
        )
        == 1
    )


async def insert_picture(tx: Tx, picture: NewPicture) -> bool:
    """False when this original or this edit exists already."""
    return (
        await tx.execute(
            """insert into artifacts (id, generation_id, concept_id, parent_id, edit_digest, type, content, metadata)
           values ($1, $2, $3, $4, $5, 'IMAGE', $6, $7) on conflict do nothing""",
            picture.id,
            picture.generation_id,
            picture.concept_id,
            picture.parent_id,
            picture.edit_digest,
            picture.object_key,
            json.dumps(picture.metadata),
        )
        == 1
    )


async def editable(tx: Tx, artifact_id: UUID) -> Original | None:
    """The picture of a rendered concept, unless its generation is anonymized."""
    row = await tx.fetchrow(
        """select a.id, a.generation_id, a.concept_id, a.metadata, c.palette, c.layout
           from artifacts a join concepts c on c.id = a.concept_id join generations g on g.id = a.generation_id
           where a.id = $1 and a.type = 'IMAGE' and c.status = 'RENDERED' and g.anonymized_at is null""",
        artifact_id,
    )
    if row is None:
        return None
    return Original(**{**dict(row), "metadata": json.loads(row["metadata"]), "palette": tuple(row["palette"])})


async def artifact_exists(tx: Tx, artifact_id: UUID) -> bool:
    return bool(await tx.fetchval("select exists (select from artifacts where id = $1)", artifact_id))


async def hold_generation(tx: Tx, generation_id: UUID) -> bool:
    """Keeps it from being anonymized until the transaction ends; False when it was already."""
    return bool(await tx.fetchval("select hold_generation($1)", generation_id))

"""All SQL of the orchestrator."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from common.db import Tx
from common.leases import LEASE
from orchestrator.concepts.base import ConceptDraft


@dataclass(frozen=True, slots=True)
class GenerationTask:
    """A generation whose concepts are to be written, taken under `token`."""

    id: UUID
    token: UUID
    attempts: int
    type: str
    prompt: str
    count: int
    remaining_s: float


@dataclass(frozen=True, slots=True)
class GenerationState:
    status: str
    written: bool
    lease_until: datetime | None
    now: datetime


@dataclass(frozen=True, slots=True)
class PendingGeneration:
    """A locked, unsettled generation."""

    id: UUID
    user_id: UUID | None
    type: str
    credits_charged: int
    cancelled: bool
    overdue: bool


@dataclass(frozen=True, slots=True)
class Delivered:
    concepts: int
    proposed: int
    images: int
    titles: int


@dataclass(frozen=True, slots=True)
class Pending:
    count: int
    oldest_s: float


@dataclass(frozen=True, slots=True)
class DueConcept:
    concept_id: UUID
    generation_id: UUID


TAKE = """
update generations g
set lease_token = $2, lease_until = now() + $3, attempts = attempts + 1,
    deadline_at = least(deadline_at, created_at + $4)
where id = $1 and status = 'PENDING' and deleted_at is null and (lease_until is null or lease_until < now())
  and not exists (select from concepts c where c.generation_id = g.id)
returning id, lease_token as token, attempts, type, user_prompt as prompt,
  case type when 'THUMBNAIL' then requested_count else 0 end as count,
  extract(epoch from deadline_at - now())::float8 as remaining_s
"""


async def take_generation(tx: Tx, generation_id: UUID, token: UUID, deadline: timedelta) -> GenerationTask | None:
    row = await tx.fetchrow(TAKE, generation_id, token, LEASE, deadline)
    return GenerationTask(**dict(row)) if row else None


async def generation_state(tx: Tx, generation_id: UUID) -> GenerationState | None:
    row = await tx.fetchrow(
        """select status, lease_until, now() as now,
             exists (select from concepts c where c.generation_id = g.id) as written
           from generations g where id = $1""",
        generation_id,
    )
    return GenerationState(**dict(row)) if row else None


async def release_generation(tx: Tx, generation_id: UUID, token: UUID, *, untried: bool = False) -> bool:
    """Gives the lease back; untried: and the attempt that was counted. False when it is not ours any more, or the
    generation has ended."""
    return (
        await tx.execute(
            """update generations set lease_token = null, lease_until = null, attempts = attempts - $3
           where id = $1 and lease_token = $2 and status = 'PENDING'""",
            generation_id,
            token,
            int(untried),
        )
        == 1
    )


async def insert_concept(tx: Tx, concept_id: UUID, generation_id: UUID, position: int, draft: ConceptDraft) -> None:
    await tx.execute(
        """insert into concepts (id, generation_id, position, headline, description, mood, palette, layout)
           values ($1, $2, $3, $4, $5, $6, $7, $8)""",
        concept_id,
        generation_id,
        position,
        draft.headline,
        draft.description,
        draft.mood,
        list(draft.palette),
        draft.layout,
    )


async def insert_title(tx: Tx, artifact_id: UUID, generation_id: UUID, title: str, metadata: dict[str, object]) -> None:
    await tx.execute(
        "insert into artifacts (id, generation_id, type, content, metadata) values ($1, $2, 'TEXT', $3, $4)",
        artifact_id,
        generation_id,
        title,
        json.dumps(metadata),
    )


async def lock_pending(tx: Tx, generation_id: UUID) -> PendingGeneration | None:
    """`no key`: a plain FOR UPDATE deadlocks with the foreign keys of artifacts being written."""
    row = await tx.fetchrow(
        """select id, user_id, type, credits_charged, deleted_at is not null as cancelled,
             deadline_at <= now() as overdue
           from generations where id = $1 and status = 'PENDING' for no key update""",
        generation_id,
    )
    return PendingGeneration(**dict(row)) if row else None


async def fail_proposed(tx: Tx, generation_id: UUID, code: str, detail: str) -> None:
    await tx.execute(
        """update concepts set status = 'FAILED', failure_code = $2, failure_detail = $3, settled_at = now()
           where generation_id = $1 and status = 'PROPOSED'""",
        generation_id,
        code,
        detail,
    )


async def delivered(tx: Tx, generation_id: UUID) -> Delivered:
    row = await tx.fetchrow(
        """select
             (select count(*) from concepts where generation_id = $1) as concepts,
             (select count(*) from concepts where generation_id = $1 and status = 'PROPOSED') as proposed,
             (select count(*) from artifacts
              where generation_id = $1 and type = 'IMAGE' and parent_id is null) as images,
             (select count(*) from artifacts where generation_id = $1 and type = 'TEXT') as titles""",
        generation_id,
    )
    assert row is not None  # noqa: S101  # a select without FROM always has its row
    return Delivered(**dict(row))


async def refund(tx: Tx, entry_id: UUID, generation_id: UUID, amount: int, note: str) -> None:
    await tx.fetchval("select refund($1, $2, $3, $4)", entry_id, generation_id, amount, note)


async def end_generation(tx: Tx, generation_id: UUID, status: str, code: str | None, detail: str | None) -> None:
    await tx.execute(
        """update generations set status = $2, failure_code = $3, failure_detail = $4, completed_at = now(),
             lease_token = null, lease_until = null
           where id = $1""",
        generation_id,
        status,
        code,
        detail,
    )


# Asked again after 30 s, then each time as much time has passed as had before the last time: 30, 60, 120 s …
# A long queue is not a lost one. `$1` is the first wait: zero when the bus is known to have lost everything.
# An array, since a join might look and lock anew for each row.
REASK_GENERATIONS = """
update generations set asked_at = now() where id = any (array(
  select id from generations g
  where status = 'PENDING' and deadline_at > now() and (lease_until is null or lease_until < now())
    and asked_at + case when $1 = interval '0' then $1 else greatest($1, asked_at - created_at) end <= now()
    and not exists (select from concepts c where c.generation_id = g.id)
  order by deadline_at limit 500 for no key update skip locked))
returning id
"""

REASK_CONCEPTS = """
update concepts set asked_at = now() where id = any (array(
  select c.id from concepts c join generations g on g.id = c.generation_id
  where c.status = 'PROPOSED' and g.status = 'PENDING' and g.deadline_at > now()
    and (c.lease_until is null or c.lease_until < now())
    and c.asked_at + case when $1 = interval '0' then $1 else greatest($1, c.asked_at - c.created_at) end <= now()
  order by c.asked_at limit 500 for no key update of c skip locked))
returning id as concept_id, generation_id
"""

UNSETTLED = """
select id from generations g
where status = 'PENDING' and (
  deadline_at <= now() or deleted_at is not null
  or (exists (select from concepts c where c.generation_id = g.id)
      and not exists (select from concepts c where c.generation_id = g.id and c.status = 'PROPOSED')))
order by deadline_at limit 500 for no key update skip locked
"""


async def reask_generations(tx: Tx, first_wait: timedelta) -> list[UUID]:
    return [row["id"] for row in await tx.fetch(REASK_GENERATIONS, first_wait)]


async def reask_concepts(tx: Tx, first_wait: timedelta) -> list[DueConcept]:
    return [DueConcept(**dict(row)) for row in await tx.fetch(REASK_CONCEPTS, first_wait)]


async def unsettled(tx: Tx) -> list[UUID]:
    """Generations that could be ended now: past their deadline, deleted, or with every concept settled. Nobody holds
    them."""
    return [row["id"] for row in await tx.fetch(UNSETTLED)]


async def pending(tx: Tx) -> Pending:
    """How many generations have not ended, and for how long the oldest has been waiting."""
    row = await tx.fetchrow(
        """select count(*) as count, coalesce(extract(epoch from now() - min(created_at)), 0)::float8 as oldest_s
           from generations where status = 'PENDING'"""
    )
    assert row is not None  # noqa: S101  # an aggregate always has its row
    return Pending(**dict(row))

"""All SQL of the gateway. Inside tx_as, row-level security shows one user's rows: no statement names the user again."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from common.db import Database, Tx
from common.errors import Vision3Error
from common.ids import uuid7

PROVISION = "select provision_user($1, $2, $3)"

UPDATE_IDENTITY = "select update_identity($1, $2, $3, $4, $5)"
REQUEST_ERASURE = "select request_erasure($1, $2)"

PLACE = "select place_order($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"

ANSWERED = """
select k.request_digest, k.generation_id, e.balance_after
from idempotency_keys k join credit_entries e on e.reference = 'charge:' || k.generation_id
where k.key = $1
"""

DELETE = "select delete_generation($1)"
COUNT_REQUEST = "select take_request_token($1, $2, $3)"
OLDEST_UNSETTLED = "select oldest_unsettled_s()"
SUBSCRIPTIONS = "select id, tier, status, renews_at, ends_at, created_at from subscriptions order by created_at desc"
ME = "select id, email, subscription_tier, credits_remaining from users"

ONE_ARTIFACT = """
select a.id, a.generation_id, a.concept_id, a.parent_id, a.type, c.status as concept_status,
  (a.metadata ->> 'width')::int as width, (a.metadata ->> 'height')::int as height,
  (a.metadata ->> 'bytes')::int as bytes, coalesce(a.metadata #>> '{text_layer,text}', c.headline) as headline
from artifacts a left join concepts c on c.id = a.concept_id
where a.id = $1
"""
ONE_GENERATION = "select * from show_generation($1, $2)"
GENERATIONS = """
select * from shown_generations
where id < $1 and ($3::text is null or type = $3) and ($4::text is null or status = $4)
  and ($5::interval is null or created_at < now() - $5) and user_prompt ilike all ($6::text[])
order by id desc limit $2
"""

FINISHED = """
select id, type, status, completed_at from generations where status <> 'PENDING' order by id desc limit 20
"""

ENTRIES = """
select id, amount, kind, generation_id, balance_after, created_at
from credit_entries where id < $1 order by id desc limit $2
"""


TITLES_LAST = 100
"""Behind the position of any concept."""


class ErasedIdentity(Vision3Error):
    """This person was erased, or asked to be: there will be no user for them again."""


class TooFewCredits(Vision3Error):
    """The charge would take the balance below 0."""


class TooManyPending(Vision3Error):
    """The user has as many generations under way as one may have."""


REFUSALS: dict[str, type[Vision3Error]] = {"V3402": TooFewCredits, "V3429": TooManyPending}


@dataclass(frozen=True, slots=True)
class Order:
    """A generation as it is asked for. `key` and `digest`: the Idempotency-Key, and what it was sent with."""

    generation_id: UUID
    type: str
    prompt: str
    requested_count: int
    credits: int
    key: str | None
    digest: bytes


@dataclass(frozen=True, slots=True)
class EarlierAnswer:
    """What an Idempotency-Key was answered with."""

    request_digest: bytes
    generation_id: UUID
    balance_after: int


@dataclass(frozen=True, slots=True)
class GenerationRow:
    """`concepts` and `artifacts` in the order in which they are shown."""

    id: UUID
    type: str
    status: str
    user_prompt: str | None
    requested_count: int
    credits_charged: int
    failure_code: str | None
    failure_detail: str | None
    created_at: datetime
    completed_at: datetime | None
    refunded: int
    concepts: list[dict[str, Any]]
    artifacts: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Selection:
    """Which generations to list. None: any. older: made so long ago or before; words: all stand in the prompt."""

    type: str | None = None
    status: str | None = None
    older: timedelta | None = None
    words: tuple[str, ...] = ()


async def provision_user(tx: Tx, clerk_id: str) -> UUID:
    """The user's id, made at first sight. Raises ErasedIdentity."""
    try:
        user_id: UUID = await tx.fetchval(PROVISION, uuid7(), uuid7(), clerk_id)
    except asyncpg.PostgresError as error:
        if error.sqlstate == "V3401":
            raise ErasedIdentity from None
        raise
    return user_id


async def update_identity(tx: Tx, clerk_id: str, email: str | None, updated_at: datetime) -> bool:
    """False when a later state is known, or the person was erased or asked to be."""
    return bool(await tx.fetchval(UPDATE_IDENTITY, uuid7(), uuid7(), clerk_id, email, updated_at))


async def request_erasure(tx: Tx, clerk_id: str) -> UUID | None:
    """The user who has to be erased; None when that was asked for before, or when there was no such user."""
    user_id: UUID | None = await tx.fetchval(REQUEST_ERASURE, uuid7(), clerk_id)
    return user_id


async def place(
    db: Database, user_id: UUID, order: Order, announcement: tuple[UUID, str, bytes, str | None], max_pending: int
) -> int | None:
    """Stores, charges and announces (a row of the outbox), all or nothing: the balance that is left.

    None when the key was used before. Raises TooFewCredits or TooManyPending. Locks the user's row.
    """
    o = order
    values = (o.generation_id, o.type, o.prompt, o.requested_count, o.credits, o.key, o.digest, uuid7(), max_pending)
    try:
        balance: int | None = await db.fetchval(PLACE, user_id, *values, *announcement)
    except asyncpg.PostgresError as error:
        if (refusal := REFUSALS.get(str(error.sqlstate))) is None:
            raise
        raise refusal from None
    return balance


async def earlier_answer(tx: Tx, key: str) -> EarlierAnswer | None:
    row = await tx.fetchrow(ANSWERED, key)
    return EarlierAnswer(**dict(row)) if row else None


async def me(tx: Tx) -> dict[str, Any] | None:
    row = await tx.fetchrow(ME)
    return dict(row) if row else None


async def subscriptions(tx: Tx) -> list[dict[str, Any]]:
    """One's own, the newest first."""
    return [dict(row) for row in await tx.fetch(SUBSCRIPTIONS)]


async def generation(db: Database, user_id: UUID, generation_id: UUID) -> GenerationRow | None:
    """That user's generation, read in a transaction of its own."""
    row = await db.fetchrow(ONE_GENERATION, user_id, generation_id)
    return _generation(row) if row else None


async def generations(tx: Tx, wanted: Selection, below: UUID, limit: int) -> list[GenerationRow]:
    """Newest first, beginning below that id."""
    patterns = [_containing(word) for word in wanted.words]
    values = (below, limit, wanted.type, wanted.status, wanted.older, patterns)
    return [_generation(row) for row in await tx.fetch(GENERATIONS, *values)]


async def delete_generation(tx: Tx, generation_id: UUID) -> bool:
    """Gone for its user at once; False when they have none of that id."""
    return bool(await tx.fetchval(DELETE, generation_id))


async def take_request_token(db: Database, user_id: UUID, burst: int, per_s: float) -> float:
    """The tokens left; negative, what is missing of one. A transaction of its own, so that a refusal counts too."""
    return float(await db.fetchval(COUNT_REQUEST, user_id, burst, per_s))


async def oldest_unsettled_s(db: Database) -> float:
    return float(await db.fetchval(OLDEST_UNSETTLED))


async def finished_generations(tx: Tx) -> list[dict[str, Any]]:
    """The newest of those that have ended, newest first."""
    return [dict(row) for row in await tx.fetch(FINISHED)]


async def artifact(tx: Tx, artifact_id: UUID) -> dict[str, Any] | None:
    row = await tx.fetchrow(ONE_ARTIFACT, artifact_id)
    return dict(row) if row else None


async def credit_entries(tx: Tx, below: UUID, limit: int) -> list[dict[str, Any]]:
    """Newest first, beginning below that id."""
    return [dict(row) for row in await tx.fetch(ENTRIES, below, limit)]


def _containing(word: str) -> str:
    """A pattern for text with this word in it, in which only we put wildcards."""
    return "%" + re.sub(r"([\\%_])", r"\\\1", word) + "%"


def _generation(row: asyncpg.Record) -> GenerationRow:
    concepts, artifacts = json.loads(row["concepts"] or "[]"), json.loads(row["artifacts"] or "[]")
    by_id = {concept["id"]: concept for concept in concepts}
    for artifact in artifacts:
        if artifact["type"] == "IMAGE" and artifact["headline"] is None:
            artifact["headline"] = by_id[artifact["concept_id"]]["headline"]
    artifacts.sort(key=lambda a: by_id[a["concept_id"]]["position"] if a["concept_id"] else TITLES_LAST)
    return GenerationRow(**{**dict(row), "concepts": concepts, "artifacts": artifacts})

"""Rows that tests start from, written as the gateway writes them."""

from __future__ import annotations

from uuid import UUID

import asyncpg

from common.db import Database, Tx
from common.events import GenerationRequested
from common.ids import uuid7
from common.outbox import Outbox


async def new_user(db: Database, clerk_id: str = "user_alice") -> UUID:
    """As the gateway's role."""
    async with db.tx() as tx:
        return await tx.fetchval("select provision_user($1, $2, $3)", uuid7(), uuid7(), clerk_id)


async def sign_up(owner: asyncpg.Connection, count: int) -> list[UUID]:
    """So many users at once, with 20 credits each."""
    sql = "select vision3.provision_user($1, $2, $3)"
    return [await owner.fetchval(sql, uuid7(), uuid7(), f"user_{number}") for number in range(count)]


async def request_generation(
    db: Database,
    outbox: Outbox,
    user_id: UUID,
    prompt: str = "a video about making sourdough bread",
    *,
    kind: str = "THUMBNAIL",
    count: int = 4,
) -> UUID:
    """As the gateway's role: charged, stored, announced."""
    generation_id, price = uuid7(), count if kind == "THUMBNAIL" else 1
    async with db.tx_as(user_id) as tx:
        await tx.fetchval("select charge($1, $2, $3)", uuid7(), generation_id, price)
        await tx.execute(
            """insert into generations (id, user_id, type, user_prompt, requested_count, credits_charged)
               values ($1, $2, $3, $4, $5, $6)""",
            generation_id,
            user_id,
            kind,
            prompt,
            count,
            price,
        )
        await outbox.add(tx, GenerationRequested(generation_id=generation_id))
    return generation_id


async def propose(db: Database, generation_id: UUID, count: int = 4, titles: int = 5) -> list[UUID]:
    """As the orchestrator's role: concepts and titles, as a writer's draft leaves them."""
    concepts = [uuid7() for _ in range(count)]
    async with db.tx() as tx:
        for position, concept_id in enumerate(concepts):
            await tx.execute(
                """insert into concepts (id, generation_id, position, headline, description, mood, palette, layout)
                   values ($1, $2, $3, 'Finally Sourdough', 'A loaf', 'warm',
                           array['#1b1f3b', '#f4d35e', '#ee964b'], 'left')""",
                concept_id,
                generation_id,
                position,
            )
        for number in range(titles):
            await tx.execute(
                "insert into artifacts (id, generation_id, type, content) values ($1, $2, 'TEXT', $3)",
                uuid7(),
                generation_id,
                f"Sourdough, part {number}",
            )
    return concepts


async def render(tx: Tx, generation_id: UUID, concept_id: UUID) -> UUID:
    """Inside an imager's transaction: the concept's picture and its end."""
    artifact_id = uuid7()
    await tx.execute("update concepts set status = 'RENDERED', settled_at = now() where id = $1", concept_id)
    await tx.execute(
        "insert into artifacts (id, generation_id, concept_id, type, content) values ($1, $2, $3, 'IMAGE', 'key')",
        artifact_id,
        generation_id,
        concept_id,
    )
    return artifact_id

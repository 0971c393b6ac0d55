"""Rows that tests start from, written as the gateway writes them."""

from __future__ import annotations

from uuid import UUID

from common.db import Database
from common.events import GenerationRequested
from common.ids import uuid7
from common.outbox import Outbox


async def new_user(db: Database, clerk_id: str = "user_alice") -> UUID:
    """As the gateway's role."""
    async with db.tx() as tx:
        return await tx.fetchval("select provision_user($1, $2, $3)", uuid7(), uuid7(), clerk_id)


async def request_generation(
    db: Database,
    outbox: Outbox,
    user_id: UUID,
    prompt: str = "a video about making sourdough bread",
    *,
    type: str = "THUMBNAIL",
    count: int = 4,
) -> UUID:
    """As the gateway's role: charged, stored, announced."""
    generation_id, credits = uuid7(), count if type == "THUMBNAIL" else 1
    async with db.tx_as(user_id) as tx:
        await tx.fetchval("select charge($1, $2, $3)", uuid7(), generation_id, credits)
        await tx.execute(
            """insert into generations (id, user_id, type, user_prompt, requested_count, credits_charged)
               values ($1, $2, $3, $4, $5, $6)""",
            generation_id,
            user_id,
            type,
            prompt,
            count,
            credits,
        )
        await outbox.add(tx, GenerationRequested(generation_id=generation_id))
    return generation_id

"""Rows as the other services write them, put in by the owner."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import asyncpg

from common.ids import uuid7

METADATA = {"width": 1280, "height": 720, "bytes": 91_234, "format": "JPEG", "text_layer": {"text": "BAKE IT"}}


async def concept(owner: asyncpg.Connection, generation: UUID, position: int, **columns: Any) -> UUID:
    row = {
        "id": uuid7(),
        "generation_id": generation,
        "position": position,
        "headline": f"IDEA {position}",
        "mood": "warm",
        "palette": ["#101010", "#808080", "#ff0000"],
        "layout": "left",
        **columns,
    }
    return await _insert(owner, "concepts", row)


async def image(owner: asyncpg.Connection, generation: UUID, concept_id: UUID, **columns: Any) -> UUID:
    artifact_id = uuid7()
    row = {
        "id": artifact_id,
        "generation_id": generation,
        "concept_id": concept_id,
        "type": "IMAGE",
        "content": f"generations/{generation}/{artifact_id}.jpg",
        "metadata": json.dumps(METADATA),
        **columns,
    }
    await owner.execute("update concepts set status = 'RENDERED', settled_at = now() where id = $1", concept_id)
    return await _insert(owner, "artifacts", row)


async def title(owner: asyncpg.Connection, generation: UUID, text: str) -> UUID:
    row = {"id": uuid7(), "generation_id": generation, "type": "TEXT", "content": text}
    return await _insert(owner, "artifacts", row)


async def settle(owner: asyncpg.Connection, generation: UUID, status: str = "COMPLETED", *, refund: int = 0) -> None:
    await owner.execute("update generations set status = $2, completed_at = now() where id = $1", generation, status)
    if refund:
        await owner.execute("select refund($1, $2, $3, 'not delivered')", uuid7(), generation, refund)


async def picture(owner: asyncpg.Connection, generation: UUID) -> UUID:
    """The finished picture of a concept of its own."""
    return await image(owner, generation, await concept(owner, generation, 0))


async def _insert(owner: asyncpg.Connection, table: str, row: dict[str, Any]) -> UUID:
    places = ", ".join(f"${n}" for n in range(1, len(row) + 1))
    return await owner.fetchval(f"insert into {table} ({', '.join(row)}) values ({places}) returning id", *row.values())

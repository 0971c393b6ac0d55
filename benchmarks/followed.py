"""Generations to follow. Pictures are stored and announced here, as imagers would do it; the orchestrator settles."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import httpx2
from nats.aio.client import Client
from nats.aio.msg import Msg

from common.events import ConceptRendered, EventData, GenerationCompleted
from common.events.envelope import wrap
from common.ids import uuid7
from tests.support.whole_system import WholeSystem
from vision3.tokens import minter

CONCEPTS = 4

# Due in a day: no orchestrator of the system takes them.
SEED = """
insert into vision3.generations
  (id, user_id, type, user_prompt, requested_count, credits_charged, asked_at, deadline_at)
values ($1, $2, 'THUMBNAIL', 'sourdough bread', 4, 4, now() + interval '1 day', now() + interval '1 day')
"""
CONCEPT = """
insert into vision3.concepts
  (id, generation_id, position, headline, description, mood, palette, layout, asked_at)
values ($1, $2, $3, 'BAKE IT', 'A loaf', 'warm', array['#101010', '#808080', '#ff0000'], 'left',
  now() + interval '1 day')
"""
TITLE = "insert into vision3.artifacts (id, generation_id, type, content) values ($1, $2, 'TEXT', $3)"
RENDER = "update vision3.concepts set status = 'RENDERED', settled_at = now() where id = $1"
IMAGE = """
insert into vision3.artifacts (id, generation_id, concept_id, type, content, metadata)
values ($1, $2, $3, 'IMAGE', 'key', '{"width": 1280, "height": 720, "bytes": 90000, "text_layer": {"text": "BAKE IT"}}')
"""


@dataclass
class Followed:
    """A generation, and when each of its steps was said on the bus, and seen. Steps: pictures 1..4, then the end."""

    id: UUID
    user: UUID
    concepts: list[UUID]
    mint: Callable[[], str]
    said_at: list[float] = field(default_factory=list)
    seen_at: list[float] = field(default_factory=list)

    @property
    def has_ended(self) -> bool:
        return len(self.seen_at) > CONCEPTS

    @property
    def latencies_ms(self) -> list[float]:
        """A look may have been faster than the hint."""
        return [max(seen - said, 0) * 1000 for said, seen in zip(self.said_at, self.seen_at, strict=False)]


async def seeded(system: WholeSystem, owner: asyncpg.Pool, count: int, users: int) -> list[Followed]:
    minters = [minter(system.state, f"follower-{number}") for number in range(users)]
    async with httpx2.AsyncClient(base_url=system.state.gateway_url, trust_env=False) as http:
        ids = [await _user(http, mint()) for mint in minters]
    made = [
        Followed(uuid7(), ids[n % users], [uuid7() for _ in range(CONCEPTS)], minters[n % users]) for n in range(count)
    ]
    await owner.executemany(SEED, [(one.id, one.user) for one in made])
    await owner.executemany(CONCEPT, [(c, one.id, n) for one in made for n, c in enumerate(one.concepts)])
    titles = [(uuid7(), one.id, f"Title {n} of some usual length, about bread") for one in made for n in range(5)]
    await owner.executemany(TITLE, titles)
    return made


async def _user(http: httpx2.AsyncClient, token: str) -> UUID:
    me = await http.get("/api/me", headers={"Authorization": f"Bearer {token}"})
    return UUID(me.raise_for_status().json()["id"])


async def say(bus: Client, event: EventData) -> None:
    envelope = wrap(event, event_id=uuid7(), source="vision3/benchmark", time=datetime.now(UTC))
    await bus.publish(event.TYPE, envelope.to_bytes())
    await bus.flush()


async def live_through(one: Followed, owner: asyncpg.Pool, bus: Client) -> None:
    """Its pictures come; the system's orchestrator ends it."""
    for concept in one.concepts:
        artifact = uuid7()
        async with owner.acquire() as connection, connection.transaction():
            await connection.execute(RENDER, concept)
            await connection.execute(IMAGE, artifact, one.id, concept)
        one.said_at.append(time.perf_counter())
        await say(bus, ConceptRendered(concept_id=concept, generation_id=one.id, artifact_id=artifact))
        await asyncio.sleep(0.5)


async def note_ends(bus: Client, everyone: list[Followed]) -> None:
    """When the bus says that a generation has ended, it says so to gateways and to us."""
    by_id = {str(one.id): one for one in everyone}

    async def heard(message: Msg) -> None:
        by_id[json.loads(message.data)["data"]["generation_id"]].said_at.append(time.perf_counter())

    await bus.subscribe(GenerationCompleted.TYPE, cb=heard)

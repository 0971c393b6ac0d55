"""What settlement and recovery are tried on: a charged generation, and the roles that work on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from common.db import Database
from common.outbox import Outbox
from orchestrator import use_cases
from tests.support.builders import new_user, propose, render, request_generation


@dataclass
class World:
    """One user with 20 credits at signup, as the services' roles see them; `owner` sees everything."""

    gateway: Database
    orchestrator: Database
    imager: Database
    owner: asyncpg.Connection
    user_id: UUID
    outbox: Outbox

    async def request(self, **options: Any) -> UUID:
        return await request_generation(self.gateway, Outbox("test"), self.user_id, **options)

    async def propose(self, generation_id: UUID, **options: int) -> list[UUID]:
        return await propose(self.orchestrator, generation_id, **options)

    async def render(self, generation_id: UUID, concept_id: UUID) -> None:
        async with self.imager.tx() as tx:
            await render(tx, generation_id, concept_id)

    async def fail(self, concept_id: UUID) -> None:
        await self.owner.execute("update concepts set status = 'FAILED', failure_code = 'x' where id = $1", concept_id)

    async def settle(self, generation_id: UUID) -> bool:
        async with self.orchestrator.tx() as tx:
            return await use_cases.settle(tx, self.outbox, generation_id)

    async def pass_deadline(self, generation_id: UUID) -> None:
        await self.owner.execute("update generations set deadline_at = now() where id = $1", generation_id)

    async def credits(self) -> int:
        return await self.owner.fetchval("select credits_remaining from users where id = $1", self.user_id)

    async def generation(self, generation_id: UUID) -> asyncpg.Record:
        return await self.owner.fetchrow("select * from generations where id = $1", generation_id)

    async def events(self) -> list[str]:
        rows = await self.owner.fetch(
            "select type from outbox where source = 'vision3_orchestrator' order by created_at"
        )
        return sorted(row["type"] for row in rows)


@pytest.fixture
async def world(pools, owner: asyncpg.Connection) -> World:
    gateway = await pools("gateway")
    user_id = await new_user(gateway)
    return World(
        gateway, await pools("orchestrator"), await pools("imager"), owner, user_id, Outbox("vision3/orchestrator")
    )

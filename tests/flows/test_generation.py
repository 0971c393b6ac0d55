"""A generation from the outbox to its settlement, over real servers."""

from __future__ import annotations

import asyncpg

from common.service import Service
from tests.support.builders import new_user, request_generation
from tests.support.processes import until


async def test_a_thumbnail_request_ends_with_its_pictures_and_five_titles(
    gateway_service: Service, orchestrator_service: Service, imager_service: Service, owner: asyncpg.Connection, ended
):
    user = await new_user(gateway_service.db)
    generation = await request_generation(gateway_service.db, gateway_service.outbox, user)
    await until(lambda: ended(generation), "the generation to end")

    row = await owner.fetchrow("select * from generations where id = $1", generation)
    assert row["status"] == "COMPLETED"
    kinds = await owner.fetch("select type, count(*) from artifacts group by type order by type")
    assert [tuple(r) for r in kinds] == [("IMAGE", 4), ("TEXT", 5)]
    assert await owner.fetchval("select credits_remaining from users") == 16

"""Who leaves is forgotten by the whole system, all processes real: rows, pictures, and the way back."""

from __future__ import annotations

from collections.abc import Iterator

import asyncpg
import pytest

from tests.retention.conftest import tables_with
from tests.support.processes import until
from tests.support.whole_system import WholeSystem, whole_system
from vision3.client import ApiError
from vision3.generation import Timings, follow

CANARY = "canary-3c1e"
DEADLINES_OVER = "update vision3.generations set deadline_at = now() - interval '1 second'"
"""Instead of waiting for minutes."""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeSystem]:
    with whole_system(tmp_path_factory.mktemp("leaving") / "data", imagers=1) as system:
        yield system


async def test_nothing_of_who_leaves_is_left(running: WholeSystem):
    owner = await asyncpg.connect(running.state.database_url)
    await owner.execute("set search_path = vision3")
    objects = running.folder / "objects"
    async with running.as_user(CANARY) as client:
        accepted = await client.generate(f"a video about {CANARY}", count=3)
        await follow(client, accepted.generation_id, lambda _: None, Timings())
        assert len([path for path in objects.rglob("*") if path.is_file()]) == 6
        await client.leave()
        with pytest.raises(ApiError, match="401"):
            await client.me()
    await owner.execute(DEADLINES_OVER)

    async def erased() -> bool:
        return await owner.fetchval("select erased_at is not null from users")

    await until(erased, "retention to erase", seconds=30)
    assert await tables_with(owner, CANARY) == set()
    assert [path for path in objects.rglob("*") if path.is_file()] == []
    async with running.as_user(CANARY) as client:
        with pytest.raises(ApiError, match="401"):
            await client.me()
    await owner.close()

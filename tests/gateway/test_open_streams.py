"""How many streams and long polls one user may have open at one process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID

import asyncpg
import httpx2
import pytest

from common.ids import uuid7
from gateway.states import States
from tests.gateway import rows
from tests.gateway.conftest import Gateway, problem
from tests.gateway.news import serving, stream
from tests.support.processes import until


@pytest.fixture
async def url(settings: dict[str, Any]) -> AsyncIterator[str]:
    async with serving(settings | {"streams_per_user": 2}) as (_, url):
        yield url


@pytest.fixture
async def gateway(url: str) -> AsyncIterator[Gateway]:
    async with httpx2.AsyncClient(base_url=url, trust_env=False) as http:
        yield Gateway(http)


async def pending(gateway: Gateway, user: str = "alice") -> str:
    return f"/api/generations/{(await gateway.generate(user, count=3)).json()['generation_id']}"


async def test_one_more_is_refused_and_nothing_else_is(gateway: Gateway, url: str):
    generation, foreign = await pending(gateway), await pending(gateway, "bob")
    async with stream(f"{url}/api/me/events") as me, stream(f"{url}{generation}/events") as events:
        for path in ("/api/me/events", f"{generation}/events", f"{generation}?wait=25"):
            refused = await gateway.get(path)
            problem(refused, 429, "too_many_streams")
            assert int(refused.headers["Retry-After"]) > 0
        assert (await gateway.get(generation)).status_code == 200
        assert (await gateway.generate(type="TITLE")).status_code == 202
        async with stream(f"{url}{foreign}/events", "bob") as bobs:
            assert [(await news.next()).name for news in (me, events, bobs)] == ["me", "generation", "generation"]


async def test_long_polls_and_streams_share_the_places(gateway: Gateway, url: str):
    path = await pending(gateway)
    waiting = asyncio.create_task(gateway.get(f"{path}?wait=2"))
    async with stream(f"{url}{path}/events") as news:
        await news.next()
        await until(lambda: refused(gateway), "both places to be taken")
        assert (await waiting).status_code == 200
        assert (await gateway.get(f"{path}?wait=1")).status_code == 200


async def leaves(url: str, path: str, _owner: asyncpg.Connection) -> None:
    async with stream(f"{url}{path}/events") as news:
        await news.next()


async def reads_to_the_end(url: str, path: str, owner: asyncpg.Connection) -> None:
    await rows.settle(owner, UUID(path.rpartition("/")[2]))
    async with stream(f"{url}{path}/events") as news:
        await news.rest()


async def asks_for_what_is_not_there(url: str, _path: str, _owner: asyncpg.Connection) -> None:
    async with stream(f"{url}/api/generations/{uuid7()}/events") as news:
        assert news.response.status_code == 404


async def waits_in_vain(url: str, path: str, _owner: asyncpg.Connection) -> None:
    async with httpx2.AsyncClient(base_url=url, trust_env=False) as http:
        assert (await Gateway(http).get(f"{path}?wait=1")).status_code == 200


async def goes_away_while_it_waits(url: str, path: str, _owner: asyncpg.Connection) -> None:
    async with httpx2.AsyncClient(base_url=url, trust_env=False) as http:
        with pytest.raises(httpx2.ReadTimeout):
            await Gateway(http).get(f"{path}?wait=2", timeout=0.2)


async def meets_an_error(url: str, path: str, _owner: asyncpg.Connection) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(States, "generation", broken)
        async with stream(f"{url}{path}/events") as news:
            assert news.response.status_code == 500


Ending = Callable[[str, str, asyncpg.Connection], Awaitable[None]]
ENDINGS: list[Ending] = [
    leaves,
    reads_to_the_end,
    asks_for_what_is_not_there,
    waits_in_vain,
    goes_away_while_it_waits,
    meets_an_error,
]


@pytest.mark.parametrize("ends", ENDINGS, ids=lambda ends: ends.__name__)
async def test_whatever_ends_a_stream_frees_its_place(
    gateway: Gateway, url: str, owner: asyncpg.Connection, ends: Ending
):
    path = await pending(gateway)
    for _ in range(2):
        await ends(url, path, owner)
    await until(lambda: both_places(url), "both places to be free")


async def both_places(url: str) -> bool:
    async with stream(f"{url}/api/me/events") as one, stream(f"{url}/api/me/events") as other:
        return one.response.status_code == other.response.status_code == 200


async def refused(gateway: Gateway) -> bool:
    return (await gateway.get(f"/api/generations/{uuid7()}/events")).status_code == 429

"""Following by server-sent events, over real sockets."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import asyncpg
import httpx2
import pytest
from starlette.responses import Response

from common import http_protocol
from common.events import ArtifactEdited, ConceptFailed, CreditsChanged, GenerationCompleted, GenerationFailed
from common.ids import uuid7
from common.service import Service
from gateway import feeds, following, queries
from tests.gateway import rows
from tests.gateway.conftest import Gateway, problem
from tests.gateway.news import hint, serving, stream
from tests.gateway.wire import wire
from tests.support import tokens
from tests.support.processes import until

CROWD = 50


@pytest.fixture
async def served(settings: dict[str, Any]) -> AsyncIterator[tuple[Service, str]]:
    async with serving(settings | {"streams_per_user": CROWD}) as running:
        yield running


@pytest.fixture
def url(served: tuple[Service, str]) -> str:
    return served[1]


@pytest.fixture
async def gateway(url: str) -> AsyncIterator[Gateway]:
    async with httpx2.AsyncClient(base_url=url, trust_env=False) as http:
        yield Gateway(http)


async def pending(gateway: Gateway, user: str = "alice") -> UUID:
    return UUID((await gateway.generate(user, count=3)).json()["generation_id"])


async def followers(gateway: Gateway) -> int:
    lines = (await gateway.get("/metrics", None)).text.splitlines()
    return next(int(float(line.split()[1])) for line in lines if line.startswith("vision3_gateway_followers "))


async def test_the_state_now_then_each_other_one_until_it_is_settled(
    gateway: Gateway, url: str, owner: asyncpg.Connection, nats_url: str
):
    generation = await pending(gateway)
    async with stream(f"{url}/api/generations/{generation}/events") as news:
        assert news.response.headers["Content-Type"].startswith("text/event-stream")
        assert news.response.headers["Cache-Control"] == "no-store"
        first = await news.next()
        shown = await gateway.get(f"/api/generations/{generation}")
        assert (first.name, first.id, first.data) == ("generation", shown.headers["ETag"], shown.json())
        concept = await rows.concept(owner, generation, 0, status="FAILED", failure_code="refused")
        await hint(nats_url, ConceptFailed(concept_id=concept, generation_id=generation, code="refused"))
        assert (await news.next(2)).data["progress"]["settled"] == 1
        await rows.settle(owner, generation, "FAILED")
        await hint(nats_url, GenerationFailed(generation_id=generation, user_id=None, code="no_picture"))
        assert (await news.next(2)).data["status"] == "FAILED"
        assert await news.rest() == []


async def test_a_settled_generation_is_told_once(gateway: Gateway, url: str, owner: asyncpg.Connection):
    generation = await pending(gateway)
    await rows.settle(owner, generation)
    async with stream(f"{url}/api/generations/{generation}/events") as news:
        assert (await news.next()).data["status"] == "COMPLETED"
        assert await news.rest() == []


async def test_a_hint_that_changes_nothing_says_nothing(gateway: Gateway, url: str, nats_url: str):
    generation = await pending(gateway)
    async with stream(f"{url}/api/generations/{generation}/events") as news:
        await news.next()
        await hint(nats_url, *[GenerationCompleted(generation_id=generation, user_id=None)] * 20)
        with pytest.raises(TimeoutError):
            await news.next(0.5)


async def test_an_edit_made_meanwhile_is_news(gateway: Gateway, url: str, owner: asyncpg.Connection, nats_url: str):
    generation = await pending(gateway)
    picture = await rows.picture(owner, generation)
    async with stream(f"{url}/api/generations/{generation}/events") as news:
        concept = UUID((await news.next()).data["concepts"][0]["id"])
        edit = await rows.image(owner, generation, concept, parent_id=picture, edit_digest=b"digest")
        await hint(nats_url, ArtifactEdited(artifact_id=edit, parent_id=picture, generation_id=generation))
        assert [a["id"] for a in (await news.next(2)).data["artifacts"]] == [str(picture), str(edit)]


async def test_a_lost_hint_delays_news_by_a_look(
    gateway: Gateway, url: str, owner: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(feeds, "LOOK_S", 0.1)
    generation = await pending(gateway)
    async with stream(f"{url}/api/generations/{generation}/events") as news:
        await news.next()
        await rows.settle(owner, generation)
        assert (await news.next(2)).data["status"] == "COMPLETED"


async def test_a_silent_stream_says_that_it_is_alive_and_ends_in_time(
    gateway: Gateway, url: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(feeds, "SILENCE_S", 0.3)
    monkeypatch.setattr(following, "STREAM_S", 1.0)
    began = time.monotonic()
    async with stream(f"{url}/api/generations/{await pending(gateway)}/events") as news:
        said = [event.name for event in await news.rest()]
    assert said[:3] == ["generation", "", ""]
    assert set(said[1:]) == {""}
    assert 0.9 < time.monotonic() - began < 2


async def test_a_token_that_expires_ends_the_stream(gateway: Gateway, url: str):
    token = tokens.key().token("alice", exp=int(time.time()) + 2)
    address = f"{url}/api/generations/{await pending(gateway)}/events"
    began = time.monotonic()
    async with stream(address, token=token) as news:
        assert (await news.next()).data["status"] == "PENDING"
        assert await news.rest() == []
    assert time.monotonic() - began < 3
    async with stream(address) as news:
        assert (await news.next()).data["status"] == "PENDING"


@pytest.mark.parametrize("path", ["{own}", "00000000-0000-7000-8000-000000000000", "none"])
async def test_what_isnt_ones_own_can_not_be_followed(gateway: Gateway, path: str):
    own = await pending(gateway)
    problem(await gateway.get(f"/api/generations/{path.format(own=own)}/events", "bob"), 404, "not_found")
    assert await followers(gateway) == 0


@pytest.mark.parametrize("path", ["/api/me/events", "/api/generations/00000000-0000-7000-8000-000000000000/events"])
async def test_nobody_follows_without_a_token(gateway: Gateway, path: str):
    problem(await gateway.get(path, None), 401, "unauthenticated")


async def test_credits_and_finished_generations_of_a_user(
    gateway: Gateway, url: str, owner: asyncpg.Connection, nats_url: str
):
    generation = await pending(gateway)
    me = (await gateway.get("/api/me")).json()
    async with stream(f"{url}/api/me/events") as news, stream(f"{url}/api/me/events", "bob") as foreign:
        first = await news.next()
        assert (first.name, first.data) == ("me", me | {"finished": []})
        await foreign.next()
        await rows.settle(owner, generation, refund=3)
        await hint(nats_url, GenerationCompleted(generation_id=generation, user_id=UUID(me["id"])))
        second = (await news.next(2)).data
        assert second["credits_remaining"] == 20
        assert [(f["id"], f["status"]) for f in second["finished"]] == [(str(generation), "COMPLETED")]
        await owner.execute("select append_entry($2, $1, 7, 'pack', 'order:1', null, null)", me["id"], uuid7())
        await hint(nats_url, CreditsChanged(user_id=UUID(me["id"])))
        assert (await news.next(2)).data["credits_remaining"] == 27
        with pytest.raises(TimeoutError):
            await foreign.next(0.3)


async def test_followers_of_one_generation_share_a_read(
    gateway: Gateway, url: str, owner: asyncpg.Connection, nats_url: str, monkeypatch: pytest.MonkeyPatch
):
    generation, reads, read = await pending(gateway), [], queries.generation

    async def counted(*args: Any) -> Any:
        reads.append(args)
        return await read(*args)

    async def told() -> str:
        async with stream(f"{url}/api/generations/{generation}/events") as news:
            await news.next()
            return (await news.next(4)).data["status"]

    crowd = [asyncio.create_task(told()) for _ in range(CROWD)]
    await until(lambda: _equals(followers(gateway), CROWD), "all to follow")
    await asyncio.sleep(0.3)
    monkeypatch.setattr(queries, "generation", counted)
    await rows.settle(owner, generation)
    await hint(nats_url, GenerationCompleted(generation_id=generation, user_id=None))
    assert set(await asyncio.gather(*crowd)) == {"COMPLETED"}
    assert len(reads) == 1


async def test_a_follower_that_leaves_is_forgotten(gateway: Gateway, url: str):
    async with stream(f"{url}/api/generations/{await pending(gateway)}/events") as news:
        await news.next()
        assert await followers(gateway) == 1
    await until(lambda: _equals(followers(gateway), 0), "the follower to be forgotten", seconds=3)


async def test_a_follower_that_never_reads_keeps_nobody_waiting_and_is_dropped(
    served: tuple[Service, str],
    gateway: Gateway,
    owner: asyncpg.Connection,
    nats_url: str,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(following, "STREAM_S", 2.0)
    monkeypatch.setattr(following, "GRACE_S", 0.2)
    service, url = served
    generation = await pending(gateway)
    stuck = asyncio.create_task(never_reading(service, generation))
    await until(lambda: _equals(followers(gateway), 1), "it to follow")
    async with stream(f"{url}/api/generations/{generation}/events") as news:
        await news.next()
        for position in range(3):
            await rows.concept(owner, generation, position, status="FAILED", failure_code="x")
            await hint(nats_url, ConceptFailed(concept_id=uuid7(), generation_id=generation, code="x"))
            assert (await news.next(1)).data["progress"]["settled"] == position + 1
    assert await asyncio.wait_for(stuck, 4) == ["http.response.start"]
    await until(lambda: _equals(followers(gateway), 0), "it to be dropped", seconds=3)


async def test_what_waits_for_a_client_that_takes_nothing_is_freed(
    settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(http_protocol, "UNREAD_S", 1)
    async with serving(settings) as (service, url):
        freed = asyncio.Event()
        service.http.add_route("/endless", lambda _: Endless(freed))
        with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2]))) as connection:
            connection.sendall(b"GET /endless HTTP/1.1\r\nHost: x\r\n\r\n")
            await asyncio.wait_for(freed.wait(), 10)


class Endless(Response):
    """Sends until the client is gone."""

    def __init__(self, freed: asyncio.Event) -> None:
        super().__init__()
        self._freed = freed

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        gone = asyncio.create_task(self._until_gone(receive))
        while not gone.done():
            await send({"type": "http.response.body", "body": b" " * 65_536, "more_body": True})
            await asyncio.sleep(0)
        self._freed.set()

    async def _until_gone(self, receive: Any) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass


async def never_reading(service: Service, generation: UUID) -> list[str]:
    """A client whose full buffers block the first piece of the body for ever; what got through to it."""
    sent: list[str] = []
    nothing_comes, nothing_goes = asyncio.Event(), asyncio.Event()

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body":
            await nothing_goes.wait()
        sent.append(message["type"])

    async def receive() -> Any:
        await nothing_comes.wait()

    headers = [(b"authorization", f"Bearer {tokens.key().token('alice')}".encode())]
    path = f"/api/generations/{generation}/events"
    scope = {"type": "http", "method": "GET", "path": path, "headers": headers, "query_string": b"", "scheme": "http"}
    await service.http(scope | {"server": ("x", 80), "root_path": "", "http_version": "1.1"}, receive, send)
    return sent


async def test_a_database_that_is_away_for_a_moment_ends_no_stream(
    settings: dict[str, Any], owner: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(feeds, "LOOK_S", 0.1)
    async with wire(settings["database_url"]) as (cable, through):
        changed = settings | {"database_url": through}
        async with serving(changed) as (_, url), httpx2.AsyncClient(base_url=url, trust_env=False) as http:
            generation = await pending(Gateway(http))
            async with stream(f"{url}/api/generations/{generation}/events") as news:
                await news.next()
                await cable.cut()
                await asyncio.sleep(0.5)
                await rows.settle(owner, generation)
                await cable.open()
                assert (await news.next(5)).data["status"] == "COMPLETED"


async def test_stopping_ends_streams_properly_and_soon(settings: dict[str, Any]):
    async with serving(settings) as (_, url), httpx2.AsyncClient(base_url=url, trust_env=False) as http:
        address = f"{url}/api/generations/{await pending(Gateway(http))}/events"
        reading = [asyncio.create_task(read_all(address)) for _ in range(10)]
        await until(lambda: _equals(followers(Gateway(http)), 10), "all to follow")
        began = time.monotonic()
    assert time.monotonic() - began < 3
    assert await asyncio.gather(*reading) == [1] * 10


async def read_all(address: str) -> int:
    """How many events came until the proper end."""
    async with stream(address) as news:
        return len(await news.rest(10))


async def _equals(value: Any, wanted: int) -> bool:
    return await value == wanted

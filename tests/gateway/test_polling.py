"""Looking again: what is known already is not sent twice, and a poll may wait for what is not."""

from __future__ import annotations

import asyncio
import time
from typing import Any
from uuid import UUID

import asyncpg
import httpx2
import pytest

from common.db import Database
from common.events import ConceptRendered, GenerationCompleted
from common.ids import uuid7
from gateway import feeds, media, queries
from tests.gateway import rows
from tests.gateway.conftest import Gateway, Start, problem
from tests.gateway.news import hint
from tests.support import tokens


async def pending(gateway: Gateway, user: str = "alice") -> UUID:
    return UUID((await gateway.generate(user, count=3)).json()["generation_id"])


async def look(gateway: Gateway, generation: UUID, known: str | None = None, **query: Any) -> httpx2.Response:
    headers = {"If-None-Match": known} if known else {}
    return await gateway.get(f"/api/generations/{generation}", params=query, headers=headers)


async def rendered(owner: asyncpg.Connection, generation: UUID) -> ConceptRendered:
    """A picture in the database, and the hint that says so."""
    artifact = await rows.picture(owner, generation)
    return ConceptRendered(concept_id=uuid7(), generation_id=generation, artifact_id=artifact)


async def test_the_etag_is_weak_and_stays_until_something_shown_changes(gateway: Gateway, owner: asyncpg.Connection):
    generation = await pending(gateway)
    tags = [(await look(gateway, generation)).headers["ETag"] for _ in range(2)]
    concept = await rows.concept(owner, generation, 0)
    await rows.title(owner, generation, "A title")
    tags.append((await look(gateway, generation)).headers["ETag"])
    await owner.execute("update concepts set status = 'FAILED', failure_code = 'x' where id = $1", concept)
    tags.append((await look(gateway, generation)).headers["ETag"])
    await rows.settle(owner, generation, "FAILED")
    tags.append((await look(gateway, generation)).headers["ETag"])
    assert tags[0] == tags[1]
    assert len(set(tags)) == 4
    assert all(tag.startswith('W/"') for tag in tags)


async def test_the_etag_changes_with_the_end_of_a_pictures_address(
    gateway: Gateway, owner: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
):
    generation = await pending(gateway)
    await rows.picture(owner, generation)
    now = (await look(gateway, generation)).headers["ETag"]
    seconds = media._seconds
    monkeypatch.setattr(media, "_seconds", lambda now: seconds(now) + 3600)
    assert (await look(gateway, generation, now)).status_code == 200


@pytest.mark.parametrize("known", ["{etag}", '"other", {etag}', "*", "{strong}"])
async def test_what_is_known_is_not_sent_again(gateway: Gateway, known: str):
    generation = await pending(gateway)
    etag = (await look(gateway, generation)).headers["ETag"]
    again = await look(gateway, generation, known.format(etag=etag, strong=etag.removeprefix("W/")))
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", etag)
    assert (await look(gateway, generation, '"other"')).status_code == 200


async def test_a_pending_generation_says_when_to_look_again(gateway: Gateway, owner: asyncpg.Connection):
    generation = await pending(gateway)
    first = await look(gateway, generation)
    again = await look(gateway, generation, first.headers["ETag"])
    assert [answer.headers["Retry-After"] for answer in (first, again)] == ["1", "1"]
    await rows.settle(owner, generation)
    assert "Retry-After" not in (await look(gateway, generation)).headers


async def test_browsers_may_read_the_headers(gateway: Gateway):
    generation = await pending(gateway)
    origin = {"Origin": "https://app.example.test"}
    answer = await gateway.get(f"/api/generations/{generation}", headers=origin)
    exposed = {name.strip() for name in answer.headers["Access-Control-Expose-Headers"].split(",")}
    assert exposed >= {"ETag", "Location", "Retry-After"}


@pytest.mark.parametrize("wait", ["-1", "26", "2.5", "many", "", "1e1", "9" * 400])
async def test_a_wait_out_of_range_is_named(gateway: Gateway, wait: str):
    body = problem(await look(gateway, await pending(gateway), wait=wait), 422, "invalid_request")
    assert [e["field"] for e in body["errors"]] == ["wait"]


@pytest.mark.parametrize("wait", [0, 25])
async def test_the_longest_wait_for_a_settled_generation_takes_no_time(
    gateway: Gateway, owner: asyncpg.Connection, wait: int
):
    generation = await pending(gateway)
    await rows.settle(owner, generation)
    answer = await asyncio.wait_for(look(gateway, generation, wait=wait), 2)
    assert answer.json()["status"] == "COMPLETED"
    assert (await asyncio.wait_for(look(gateway, generation, answer.headers["ETag"], wait=wait), 2)).status_code == 304


async def test_a_wait_ends_with_the_first_news(gateway: Gateway, owner: asyncpg.Connection, nats_url: str):
    generation = await pending(gateway)
    known = (await look(gateway, generation)).headers["ETag"]
    waiting = asyncio.create_task(look(gateway, generation, known, wait=25))
    await asyncio.sleep(0.2)
    await hint(nats_url, await rendered(owner, generation))
    answer = await asyncio.wait_for(waiting, 2)
    assert (answer.status_code, answer.json()["progress"]["settled"]) == (200, 1)
    assert answer.headers["ETag"] != known


async def test_news_that_come_while_the_state_is_read_are_not_missed(
    gateway: Gateway, owner: asyncpg.Connection, nats_url: str, monkeypatch: pytest.MonkeyPatch
):
    generation, read = await pending(gateway), queries.generation

    async def overtaken(db: Database, user_id: UUID, generation_id: UUID) -> queries.GenerationRow | None:
        row = await read(db, user_id, generation_id)
        monkeypatch.setattr(queries, "generation", read)
        await rows.settle(owner, generation)
        await hint(nats_url, GenerationCompleted(generation_id=generation, user_id=None))
        await asyncio.sleep(0.3)
        return row

    monkeypatch.setattr(queries, "generation", overtaken)
    answer = await asyncio.wait_for(look(gateway, generation, wait=25), 2)
    assert answer.json()["status"] == "COMPLETED"


async def test_an_old_etag_is_answered_at_once(gateway: Gateway):
    generation = await pending(gateway)
    answer = await asyncio.wait_for(look(gateway, generation, 'W/"old"', wait=25), 2)
    assert answer.json()["status"] == "PENDING"


async def test_a_wait_that_knows_nothing_ends_with_the_generation(
    gateway: Gateway, owner: asyncpg.Connection, nats_url: str
):
    generation = await pending(gateway)
    waiting = asyncio.create_task(look(gateway, generation, wait=25))
    await asyncio.sleep(0.2)
    await hint(nats_url, await rendered(owner, generation))
    await asyncio.sleep(0.3)
    assert not waiting.done()
    await rows.settle(owner, generation)
    await hint(nats_url, GenerationCompleted(generation_id=generation, user_id=None))
    assert (await asyncio.wait_for(waiting, 2)).json()["status"] == "COMPLETED"


async def test_a_wait_in_vain_ends_with_the_present_state(gateway: Gateway):
    generation = await pending(gateway)
    known = (await look(gateway, generation)).headers["ETag"]
    began = time.monotonic()
    answer = await look(gateway, generation, known, wait=1)
    assert 0.9 < time.monotonic() - began < 2
    assert (answer.status_code, answer.json()["status"], answer.headers["ETag"]) == (200, "PENDING", known)
    assert answer.headers["Retry-After"] == "1"


async def test_without_a_bus_a_wait_looks_by_itself(
    start: Start, owner: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(feeds, "LOOK_S", 0.1)
    async with start(nats_url="nats://127.0.0.1:1") as gateway:
        generation = await pending(gateway)
        waiting = asyncio.create_task(look(gateway, generation, wait=25))
        await asyncio.sleep(0.1)
        await rows.settle(owner, generation)
        assert (await asyncio.wait_for(waiting, 2)).json()["status"] == "COMPLETED"


async def test_a_token_that_expires_ends_the_wait(gateway: Gateway):
    generation = await pending(gateway)
    token = tokens.key().token("alice", exp=int(time.time()) + 2)
    began = time.monotonic()
    answer = await gateway.get(
        f"/api/generations/{generation}?wait=25", None, headers={"Authorization": f"Bearer {token}"}
    )
    assert time.monotonic() - began < 3
    assert (answer.status_code, answer.json()["status"]) == (200, "PENDING")


async def test_another_users_generation_is_not_waited_for(gateway: Gateway):
    foreign = await gateway.get(f"/api/generations/{await pending(gateway)}?wait=25", "bob")
    problem(foreign, 404, "not_found")


async def test_waiting_takes_no_database_connection(start: Start):
    async with start(streams_per_user=60) as gateway:
        generation = await pending(gateway)
        crowd = [asyncio.create_task(look(gateway, generation, wait=2)) for _ in range(60)]
        await asyncio.sleep(0.5)
        began = time.monotonic()
        assert await gateway.balance() == 17
        assert time.monotonic() - began < 0.5
        assert {answer.status_code for answer in await asyncio.gather(*crowd)} == {200}

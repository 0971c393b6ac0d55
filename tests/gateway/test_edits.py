"""Another text on a picture: whose it is, what it is, and who does it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
import nats
import pytest

from common import requests
from gateway import editor
from tests.gateway import rows
from tests.gateway.conftest import Gateway, Pools, Start, problem
from tests.support.transactions import open_transactions

NEW = {"action": "REPLACE_TEXT", "new_text": "  NEW TEXT "}


@asynccontextmanager
async def imager(nats_url: str, answer: dict[str, Any] | None) -> AsyncIterator[list[dict[str, Any]]]:
    """Answers every edit the same way (None: never), and keeps what it was asked."""
    asked: list[dict[str, Any]] = []

    async def reply(message: Any) -> None:
        asked.append(json.loads(message.data))
        if answer is not None:
            await message.respond(json.dumps(answer).encode())

    connection = await nats.connect(nats_url)
    await connection.subscribe(requests.EDIT, cb=reply)
    await connection.flush()
    try:
        yield asked
    finally:
        await connection.close()


@pytest.fixture
async def generation(gateway: Gateway) -> UUID:
    return UUID((await gateway.generate(count=3)).json()["generation_id"])


@pytest.fixture
async def original(generation: UUID, owner: asyncpg.Connection) -> UUID:
    return await rows.picture(owner, generation)


async def test_an_edit_is_asked_of_an_imager_and_answers_the_new_artifact_alone(
    gateway: Gateway, owner: asyncpg.Connection, nats_url: str, generation: UUID, original: UUID
):
    concept = await owner.fetchval("select concept_id from artifacts where id = $1", original)
    metadata = json.dumps(rows.METADATA | {"text_layer": {"text": "NEW TEXT"}})
    edited = await rows.image(owner, generation, concept, parent_id=original, edit_digest=b"digest", metadata=metadata)
    async with imager(nats_url, {"result": {"artifact_id": str(edited)}, "problem": None}) as asked:
        answer = await gateway.post(f"/api/artifacts/{original}/edit", json=NEW)
    assert answer.status_code == 201, answer.text
    assert asked == [{"artifact_id": str(original), "action": "REPLACE_TEXT", "new_text": "NEW TEXT"}]
    shown = answer.json()
    assert shown.pop("url").startswith(f"https://api.example.test/media/{edited}?e=")
    assert shown == {
        "id": str(edited),
        "type": "IMAGE",
        "concept_id": str(concept),
        "parent_id": str(original),
        "width": 1280,
        "height": 720,
        "bytes": 91_234,
        "headline": "NEW TEXT",
    }
    assert await gateway.balance() == 17


async def test_another_users_picture_is_not_found_and_nobody_is_asked(gateway: Gateway, nats_url: str, original: UUID):
    async with imager(nats_url, None) as asked:
        answer = await gateway.post(f"/api/artifacts/{original}/edit", "bob", json=NEW)
    problem(answer, 404, "not_found")
    assert asked == []


@pytest.mark.parametrize("artifact_id", ["01a21e85-f774-7dd2-a97e-937847790e93", "1", "not-an-id", "%00"])
async def test_what_does_not_exist_is_not_found(gateway: Gateway, artifact_id: str):
    problem(await gateway.post(f"/api/artifacts/{artifact_id}/edit", json=NEW), 404, "not_found")


async def test_a_title_can_not_be_edited(gateway: Gateway, owner: asyncpg.Connection, generation: UUID):
    title = await rows.title(owner, generation, "A title")
    problem(await gateway.post(f"/api/artifacts/{title}/edit", json=NEW), 409, "not_editable")


async def test_a_picture_of_an_unsettled_concept_can_not_be_edited(
    gateway: Gateway, owner: asyncpg.Connection, original: UUID
):
    await owner.execute("update concepts set status = 'PROPOSED'")
    problem(await gateway.post(f"/api/artifacts/{original}/edit", json=NEW), 409, "not_editable")


async def test_the_imagers_refusal_is_passed_on(gateway: Gateway, nats_url: str, original: UUID):
    refusal = {"status": 409, "code": "not_editable", "detail": "The picture is gone."}
    async with imager(nats_url, {"result": None, "problem": refusal}):
        answer = await gateway.post(f"/api/artifacts/{original}/edit", json=NEW)
    assert problem(answer, 409, "not_editable")["detail"] == "The picture is gone."


async def test_without_an_imager_the_editor_is_unavailable_at_once(gateway: Gateway, original: UUID):
    answer = await asyncio.wait_for(gateway.post(f"/api/artifacts/{original}/edit", json=NEW), 2)
    problem(answer, 503, "editor_unavailable")
    assert int(answer.headers["Retry-After"]) > 0


async def test_an_imager_that_hangs_is_unavailable_in_the_end_and_holds_no_connection(
    gateway: Gateway, nats_url: str, original: UUID, pools: Pools, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(editor, "TIMEOUT_S", 0.6)
    async with imager(nats_url, None):
        asking = asyncio.create_task(gateway.post(f"/api/artifacts/{original}/edit", json=NEW))
        await asyncio.sleep(0.3)
        assert await open_transactions(await pools("gateway")) == 0
        problem(await asking, 503, "editor_unavailable")


async def test_with_nats_down_the_editor_is_unavailable_at_once(start: Start, owner: asyncpg.Connection):
    async with start(nats_url="nats://127.0.0.1:1") as gateway:
        generation = UUID((await gateway.generate()).json()["generation_id"])
        original = await rows.picture(owner, generation)
        problem(await gateway.post(f"/api/artifacts/{original}/edit", json=NEW), 503, "editor_unavailable")

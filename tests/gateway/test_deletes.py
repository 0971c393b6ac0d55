"""DELETE: gone for its user at once, whatever still has to be done about it."""

from __future__ import annotations

from uuid import UUID

import asyncpg
import pytest

from common.ids import uuid7
from tests.gateway import rows
from tests.gateway.conftest import Gateway, problem


async def delete(gateway: Gateway, generation: UUID | str, user: str = "alice"):
    return await gateway.delete(f"/api/generations/{generation}", user)


async def test_what_was_deleted_is_nowhere_any_more(gateway: Gateway, owner: asyncpg.Connection):
    generation = UUID((await gateway.generate()).json()["generation_id"])
    picture = await rows.picture(owner, generation)
    await rows.settle(owner, generation)
    answer = await delete(gateway, generation)
    assert (answer.status_code, answer.content) == (204, b"")
    for path in (f"/api/generations/{generation}", f"/api/generations/{generation}/download"):
        problem(await gateway.get(path), 404, "not_found")
    assert (await gateway.get("/api/generations")).json()["items"] == []
    edit = await gateway.post(f"/api/artifacts/{picture}/edit", json={"action": "REPLACE_TEXT", "new_text": "NEW"})
    problem(edit, 404, "not_found")
    problem(await delete(gateway, generation), 404, "not_found")
    assert await owner.fetchval("select deleted_at is not null and user_prompt is not null from generations")


async def test_the_ledger_still_says_what_was_paid(gateway: Gateway, owner: asyncpg.Connection):
    generation = UUID((await gateway.generate()).json()["generation_id"])
    await rows.settle(owner, generation)
    await delete(gateway, generation)
    entries = (await gateway.get("/api/me/credits")).json()["items"]
    assert [(entry["kind"], entry["amount"]) for entry in entries] == [("charge", -4), ("signup", 20)]


async def test_a_pending_one_is_left_to_be_settled(gateway: Gateway, owner: asyncpg.Connection):
    generation = (await gateway.generate()).json()["generation_id"]
    assert (await delete(gateway, generation)).status_code == 204
    row = await owner.fetchrow("select status, deleted_at from generations")
    assert (row["status"], row["deleted_at"] is not None) == ("PENDING", True)
    problem(await gateway.get(f"/api/generations/{generation}"), 404, "not_found")


async def test_its_idempotency_key_still_means_that_request(gateway: Gateway, owner: asyncpg.Connection):
    first = await gateway.generate(key="once")
    await delete(gateway, first.json()["generation_id"])
    again = await gateway.generate(key="once")
    assert again.json()["generation_id"] == first.json()["generation_id"]
    assert await owner.fetchval("select count(*) from generations") == 1


async def test_anothers_generation_is_not_found_and_stays(gateway: Gateway):
    generation = (await gateway.generate("alice")).json()["generation_id"]
    await gateway.get("/api/me", "bob")
    foreign = await delete(gateway, generation, "bob")
    unknown = await delete(gateway, uuid7(), "bob")
    problem(foreign, 404, "not_found")
    assert foreign.content == unknown.content
    assert (await gateway.get(f"/api/generations/{generation}")).status_code == 200


@pytest.mark.parametrize("malformed", ["1", "none", "%00"])
async def test_a_malformed_id_is_not_found(gateway: Gateway, malformed: str):
    problem(await delete(gateway, malformed), 404, "not_found")


async def test_without_a_token_nothing_is_deleted(gateway: Gateway, owner: asyncpg.Connection):
    generation = (await gateway.generate()).json()["generation_id"]
    problem(await gateway.delete(f"/api/generations/{generation}", None), 401, "unauthenticated")
    assert await owner.fetchval("select deleted_at is null from generations")

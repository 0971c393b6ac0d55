"""Who deletes their account is gone at once, for good, and retention is told."""

from __future__ import annotations

import asyncpg
import pytest

from gateway import auth
from tests.gateway.clerk_door import heard
from tests.gateway.conftest import Gateway, Start, bearer, problem
from tests.support import clerk

MEANT = {"confirm": "delete my account"}


async def leave(gateway: Gateway, user: str | None = "alice", body: object = MEANT):
    return await gateway.http.request("DELETE", "/api/me", headers=bearer(user), json=body)


async def asked(owner: asyncpg.Connection) -> list[str]:
    rows = await owner.fetch("select clerk_id from users where erase_requested_at is not null order by clerk_id")
    return [row["clerk_id"] for row in rows]


async def told(owner: asyncpg.Connection) -> int:
    return await owner.fetchval("select count(*) from outbox where type = 'user.deleted.v1'")


async def test_the_account_is_gone_at_once_and_others_stay(start: Start, owner: asyncpg.Connection):
    async with start(nats_url="nats://127.0.0.1:1") as gateway:
        for user in ("alice", "bob"):
            await gateway.get("/api/me", user)
        answer = await leave(gateway)
        assert (answer.status_code, answer.content) == (204, b"")
        assert (await asked(owner), await told(owner)) == (["user_alice"], 1)
        problem(await gateway.get("/api/me"), 401, "unauthenticated")
        problem(await gateway.generate(), 401, "unauthenticated")
        assert (await gateway.get("/api/me", "bob")).status_code == 200


async def test_asked_again_it_is_as_with_any_token_of_nobody(start: Start, owner: asyncpg.Connection):
    async with start(nats_url="nats://127.0.0.1:1") as gateway:
        await leave(gateway)
        problem(await leave(gateway), 401, "unauthenticated")
        assert await told(owner) == 1


async def test_another_gateway_refuses_the_token_within_seconds(
    start: Start, owner: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(auth, "REMEMBERED_S", 0.0)
    async with start() as one, start() as other:
        await other.get("/api/me")
        await leave(one)
        problem(await other.get("/api/me"), 401, "unauthenticated")


async def test_that_clerk_tells_of_it_too_changes_nothing(start: Start, owner: asyncpg.Connection):
    async with start(nats_url="nats://127.0.0.1:1", clerk_webhook_secret=clerk.SECRET) as gateway:
        await leave(gateway)
        await heard(gateway, clerk.user_deleted(), clerk.user_updated())
        assert (await asked(owner), await told(owner)) == (["user_alice"], 1)
        assert await owner.fetchval("select email from users") is None


@pytest.mark.parametrize(
    "body",
    [{}, {"confirm": True}, {"confirm": "yes"}, {"confirm": "Delete my account"}, {**MEANT, "really": 1}, [], None],
)
async def test_what_is_not_meant_is_refused(gateway: Gateway, owner: asyncpg.Connection, body: object):
    problem(await leave(gateway, body=body), 422, "invalid_request")
    assert (await asked(owner), (await gateway.get("/api/me")).status_code) == ([], 200)


async def test_without_a_token_nobody_leaves(gateway: Gateway, owner: asyncpg.Connection):
    problem(await leave(gateway, user=None), 401, "unauthenticated")
    assert await asked(owner) == []

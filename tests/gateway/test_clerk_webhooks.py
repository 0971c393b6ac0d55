"""What Clerk tells of people: their e-mail stays current, and who is deleted there leaves here."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import asyncpg
import nats
import pytest
from nats.aio.msg import Msg

from common.body_limit import LIMIT_BYTES
from tests.gateway.clerk_door import deliver, email, heard, send, users
from tests.gateway.conftest import Gateway, Start, problem
from tests.gateway.test_outages import CLOSED
from tests.support import clerk
from tests.support.processes import until


@pytest.fixture
async def gateway(start: Start) -> AsyncIterator[Gateway]:
    async with start(clerk_webhook_secret=clerk.SECRET) as running:
        yield running


async def test_a_new_person_becomes_a_user_with_the_credits_of_signup_once(gateway: Gateway, owner: asyncpg.Connection):
    await heard(gateway, clerk.user_created())
    row = await owner.fetchrow("select * from users")
    assert (row["clerk_id"], row["email"], row["credits_remaining"]) == ("user_alice", clerk.EMAIL, 20)
    assert row["identity_updated_at"] == datetime.fromtimestamp(clerk.CREATED_AT / 1000, UTC)
    me = (await gateway.get("/api/me")).json()
    assert (me["id"], me["email"], me["credits_remaining"]) == (str(row["id"]), clerk.EMAIL, 20)
    assert await owner.fetchval("select count(*) from credit_entries") == 1


async def test_who_came_before_the_webhook_stays_the_same_user(gateway: Gateway):
    before = (await gateway.get("/api/me")).json()
    await heard(gateway, clerk.user_created())
    assert (await gateway.get("/api/me")).json() == before | {"email": clerk.EMAIL}


async def test_a_new_address_shows(gateway: Gateway):
    await heard(gateway, clerk.user_created(), clerk.user_updated(email="new@example.com"))
    assert (await gateway.get("/api/me")).json()["email"] == "new@example.com"


async def test_of_two_people_one_changes(gateway: Gateway, owner: asyncpg.Connection):
    await heard(gateway, clerk.user_created(), clerk.user_created("bob"), clerk.user_updated("bob", "bob@example.com"))
    assert (await email(owner), await email(owner, "bob")) == (clerk.EMAIL, "bob@example.com")


ADDRESSES: dict[str, dict[str, Any]] = {
    "a telephone instead": {"primary_email_address_id": None, "email_addresses": []},
    "none that is primary": {"primary_email_address_id": None},
    "a primary one that is not there": {"primary_email_address_id": "idn_gone"},
    "no list": {"email_addresses": None},
}


@pytest.mark.parametrize("name", ADDRESSES)
async def test_without_a_primary_address_there_is_none(gateway: Gateway, owner: asyncpg.Connection, name: str):
    await heard(gateway, clerk.user_created(), clerk.user_updated(**ADDRESSES[name]))
    assert await users(owner) == 1
    assert await email(owner) is None


async def test_fields_that_are_left_out_are_no_address(gateway: Gateway, owner: asyncpg.Connection):
    state = {"id": "user_alice", "updated_at": clerk.CREATED_AT}
    await heard(gateway, clerk.event("user.created", state))
    assert (await users(owner), await email(owner)) == (1, None)


async def test_who_is_deleted_is_refused_at_once_and_announced_without_their_address(
    gateway: Gateway, owner: asyncpg.Connection, nats_url: str
):
    said: list[Msg] = []

    async def hear(message: Msg) -> None:
        said.append(message)

    connection = await nats.connect(nats_url)
    await connection.subscribe(">", cb=hear)
    await connection.flush()
    await heard(gateway, clerk.user_created(), clerk.user_updated(email="new@example.com"))
    user = (await gateway.get("/api/me")).json()["id"]
    await heard(gateway, clerk.user_deleted())
    problem(await gateway.get("/api/me"), 401, "unauthenticated")
    assert await owner.fetchval("select erase_requested_at from users where id = $1::text::uuid", user)

    async def announced() -> list[Msg]:
        return [message for message in said if message.subject == "user.deleted.v1"]

    await until(announced, "the announcement")
    await connection.close()
    assert [json.loads(message.data)["data"] for message in await announced()] == [{"user_id": user}]
    assert not any(b"example.com" in message.data or b"user_alice" in message.data for message in said)


LATER = clerk.person(email="new@example.com", updated_at=clerk.CREATED_AT + 1)
SIGNED_NONSENSE = {
    "nothing": b"",
    "not JSON": b"{broken",
    "null": b"null",
    "a list": b"[]",
    "a number": b"4",
    "no type": b'{"data": {}}',
    "a type that is no text": b'{"type": 4, "data": {}}',
    "an unknown event": clerk.to_bytes(clerk.event("session.created", {"id": "sess_1", "user_id": "user_alice"})),
    "an event of organizations": clerk.to_bytes(clerk.event("organization.deleted", {"id": "org_1"})),
    "no data": b'{"type": "user.created"}',
    "data null": b'{"type": "user.updated", "data": null}',
    "very deep": b'{"type": "user.created", "data": ' + b"[" * 30_000,
    "deleted without an id": b'{"type": "user.deleted", "data": {"deleted": true}}',
    **{
        f"{field} {value!r}": clerk.to_bytes(clerk.event("user.updated", LATER | {field: value}))
        for field, value in (
            ("id", None),
            ("id", ""),
            ("id", "user_\x00"),
            ("email_addresses", "alice@example.com"),
            ("email_addresses", [{"id": "idn_primary"}]),
            ("email_addresses", [{"id": "idn_primary", "email_address": "a\x00@example.com"}]),
            ("email_addresses", [{"id": "idn_primary", "email_address": "a" * 321}]),
            ("email_addresses", [{"id": "idn_primary", "email_address": "\ud800@example.com"}]),
            *(("updated_at", value) for value in (None, "yesterday", -1, True, 10**15, 10**400, float("nan"))),
        )
    },
}


@pytest.mark.parametrize("name", SIGNED_NONSENSE)
async def test_what_is_signed_and_of_no_use_is_taken_and_changes_nothing(
    gateway: Gateway, owner: asyncpg.Connection, name: str
):
    await heard(gateway, clerk.user_created())
    answer = await deliver(gateway, SIGNED_NONSENSE[name])
    assert (answer.status_code, answer.content) == (204, b"")
    assert [row["email"] for row in await owner.fetch("select * from users")] == [clerk.EMAIL]


async def test_bytes_that_are_no_text_were_never_signed_by_clerk(gateway: Gateway):
    problem(await deliver(gateway, b'{"type": "\xff"}'), 401, "unauthenticated")


async def test_a_body_of_five_megabytes_is_not_read(gateway: Gateway):
    problem(await deliver(gateway, b"x" * 5_000_000), 413, "body_too_large")
    roomy = clerk.user_created(public_metadata={"notes": "x" * (LIMIT_BYTES - 8_000)})
    await heard(gateway, roomy)


async def test_with_postgres_away_clerk_is_asked_to_come_again(start: Start):
    async with start(clerk_webhook_secret=clerk.SECRET, database_url=CLOSED) as gateway:
        for event in (clerk.user_created(), clerk.user_deleted()):
            answer = await send(gateway, event)
            problem(answer, 503, "unavailable")
            assert int(answer.headers["Retry-After"]) > 0


async def test_an_address_that_asks_too_often_is_limited_here_too(start: Start):
    async with start(clerk_webhook_secret=clerk.SECRET, address_per_minute=1) as gateway:
        assert (await send(gateway, clerk.user_created())).status_code == 204
        problem(await send(gateway, clerk.user_created()), 429, "rate_limited")

"""Clerk tells late, twice, out of order and in parallel: what comes of it is the same."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import AsyncIterator

import asyncpg
import pytest

from tests.gateway.clerk_door import announced, email, heard, send, users
from tests.gateway.conftest import Gateway, Start, problem
from tests.support import clerk

NOWHERE = "nats://127.0.0.1:1"
FIRST, SECOND, THIRD = (clerk.user_updated(email=f"{n}@example.com", second=n) for n in (1, 2, 3))
COPIES = 20


@pytest.fixture
async def gateway(start: Start) -> AsyncIterator[Gateway]:
    """Without NATS: what it has to say stays in the outbox."""
    async with start(clerk_webhook_secret=clerk.SECRET, nats_url=NOWHERE) as running:
        yield running


@pytest.mark.parametrize("order", [*itertools.permutations([clerk.user_created(), FIRST, THIRD])])
async def test_the_newest_state_stays_in_whatever_order_they_come(
    gateway: Gateway, owner: asyncpg.Connection, order: tuple[object, ...]
):
    await heard(gateway, *order, *order)
    assert (await users(owner), await email(owner)) == (1, "3@example.com")
    assert await owner.fetchval("select sum(amount) from credit_entries") == 20


async def test_of_two_states_of_one_time_the_first_stays(gateway: Gateway, owner: asyncpg.Connection):
    await heard(gateway, SECOND, clerk.user_updated(email="other@example.com", second=2))
    assert await email(owner) == "2@example.com"


async def test_milliseconds_tell_states_apart(gateway: Gateway, owner: asyncpg.Connection):
    for ms, address in ((1, "1@example.com"), (2, "2@example.com"), (1, "1@example.com")):
        await heard(gateway, clerk.event("user.updated", clerk.person(email=address, updated_at=clerk.CREATED_AT + ms)))
    assert await email(owner) == "2@example.com"


async def test_twenty_copies_at_once_make_one_user(gateway: Gateway, owner: asyncpg.Connection):
    answers = await asyncio.gather(*(send(gateway, clerk.user_created()) for _ in range(COPIES)))
    assert {answer.status_code for answer in answers} == {204}
    assert (await users(owner), await email(owner)) == (1, clerk.EMAIL)
    assert await owner.fetchval("select sum(amount) from credit_entries") == 20


async def test_twenty_deletions_at_once_are_announced_once(gateway: Gateway, owner: asyncpg.Connection):
    await heard(gateway, clerk.user_created())
    answers = await asyncio.gather(*(send(gateway, clerk.user_deleted()) for _ in range(COPIES)))
    assert {answer.status_code for answer in answers} == {204}
    assert await announced(owner) == 1


async def test_a_deletion_that_comes_again_keeps_the_first_ones_time(gateway: Gateway, owner: asyncpg.Connection):
    await heard(gateway, clerk.user_created(), clerk.user_deleted())
    requested_at = await owner.fetchval("select erase_requested_at from users")
    await heard(gateway, clerk.user_deleted())
    assert await owner.fetchval("select erase_requested_at from users") == requested_at
    assert await announced(owner) == 1


async def test_nothing_that_comes_after_a_deletion_changes_anything(gateway: Gateway, owner: asyncpg.Connection):
    await heard(gateway, FIRST, clerk.user_deleted())
    before = await owner.fetchrow("select * from users")
    await heard(gateway, clerk.user_created(), THIRD)
    assert await owner.fetchrow("select * from users") == before
    problem(await gateway.get("/api/me"), 401, "unauthenticated")


async def test_nothing_brings_back_whom_retention_has_erased(gateway: Gateway, owner: asyncpg.Connection):
    await heard(gateway, FIRST, clerk.user_deleted())
    await owner.execute("insert into erased_identities select sha256(convert_to(clerk_id, 'UTF8')) from users")
    await owner.execute("update users set clerk_id = null, email = null, erased_at = now()")
    await heard(gateway, clerk.user_deleted(), clerk.user_created(), THIRD)
    assert await owner.fetchval("select array_agg(email) from users") == [None]
    assert await announced(owner) == 1
    problem(await gateway.get("/api/me"), 401, "unauthenticated")


async def test_who_is_deleted_before_they_were_seen_never_becomes_a_user(gateway: Gateway, owner: asyncpg.Connection):
    await heard(gateway, clerk.user_deleted(), clerk.user_created(), THIRD, clerk.user_deleted())
    problem(await gateway.get("/api/me"), 401, "unauthenticated")
    assert (await users(owner), await announced(owner)) == (0, 0)
    assert await owner.fetchval("select count(*) from erased_identities") == 1
    assert await owner.fetchval("select count(*) from credit_entries") == 0


async def test_others_come_and_go_undisturbed(gateway: Gateway, owner: asyncpg.Connection):
    await heard(
        gateway, clerk.user_created(), clerk.user_created("bob"), clerk.user_deleted(), clerk.user_deleted("eve")
    )
    assert (await gateway.get("/api/me", "bob")).json()["email"] == clerk.EMAIL
    assert await owner.fetchval("select erase_requested_at from users where clerk_id = 'user_bob'") is None


@pytest.mark.parametrize("seed", range(5))
async def test_all_at_once_with_a_deletion_among_them_leaves_nobody_who_can_come_in(
    gateway: Gateway, owner: asyncpg.Connection, seed: int
):
    """Either they were never a user, or they are to be erased and that is announced: once."""
    deeds = [send(gateway, event) for event in (clerk.user_created(), FIRST, THIRD, clerk.user_deleted()) * 3]
    deeds += [gateway.get("/api/me") for _ in range(5)]
    random.Random(seed).shuffle(deeds)
    answers = await asyncio.gather(*deeds)
    assert {answer.status_code for answer in answers} <= {200, 204, 401}
    requested = await owner.fetch("select erase_requested_at from users")
    assert all(row["erase_requested_at"] for row in requested)
    assert await announced(owner) == len(requested) <= 1
    await heard(gateway, clerk.user_created())
    assert await users(owner) == len(requested)

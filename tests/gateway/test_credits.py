"""Credits: charged once, never below 0, and paged as a ledger."""

from __future__ import annotations

import asyncio
from collections import Counter
from uuid import UUID

import asyncpg
import pytest

from common.ids import uuid7
from tests.gateway import rows
from tests.gateway.conftest import Gateway, Start, problem


async def stored(owner: asyncpg.Connection) -> tuple[int, ...]:
    """How many generations, charges and keys there are, whosever they are."""
    counted = "(select count(*) from generations), count(*), (select count(*) from idempotency_keys)"
    return tuple(await owner.fetchrow(f"select {counted} from credit_entries where kind = 'charge'"))


async def spend(owner: asyncpg.Connection, gateway: Gateway, left: int) -> None:
    """Leaves the user with so many credits."""
    user = UUID((await gateway.get("/api/me")).json()["id"])
    await owner.execute("update users set credits_remaining = $2 where id = $1", user, left)


async def test_too_few_credits_are_told_with_both_figures_and_nothing_is_stored(
    gateway: Gateway, owner: asyncpg.Connection
):
    await spend(owner, gateway, 3)
    answer = await gateway.generate(key="k1")
    body = problem(answer, 402, "insufficient_credits")
    assert (body["credits_remaining"], body["credits_required"]) == (3, 4)
    assert await stored(owner) == (0, 0, 0)
    assert await owner.fetchval("select count(*) from outbox") == 0
    assert await gateway.balance() == 3


async def test_the_last_credits_can_be_spent(gateway: Gateway, owner: asyncpg.Connection):
    await spend(owner, gateway, 4)
    assert (await gateway.generate()).json()["credits_remaining"] == 0


async def test_parallel_requests_never_spend_more_than_there_is(start: Start, owner: asyncpg.Connection):
    async with start(max_pending=1000) as gateway:
        await spend(owner, gateway, 10)
        answers = await asyncio.gather(*(gateway.generate(type="TITLE") for _ in range(50)))
        assert Counter(answer.status_code for answer in answers) == {202: 10, 402: 40}
        assert await stored(owner) == (10, 10, 0)
        assert await gateway.balance() == 0


async def test_a_repeated_key_gets_the_first_answer_and_costs_nothing(gateway: Gateway, owner: asyncpg.Connection):
    first = await gateway.generate(key="k1")
    await gateway.generate(key="k2")
    again = await gateway.generate(key="k1")
    assert (again.status_code, again.content) == (202, first.content)
    assert again.headers["Location"] == first.headers["Location"]
    assert await stored(owner) == (2, 2, 2)


async def test_a_repeated_key_is_answered_though_the_credits_are_gone(gateway: Gateway, owner: asyncpg.Connection):
    await spend(owner, gateway, 4)
    first = await gateway.generate(key="k1")
    assert (await gateway.generate(key="k1")).content == first.content


async def test_a_repeated_key_is_answered_though_the_cap_is_reached(start: Start):
    async with start(max_pending=1) as gateway:
        first = await gateway.generate(key="k1")
        assert (await gateway.generate(key="k1")).content == first.content


async def test_the_same_request_in_other_words_is_the_same_request(gateway: Gateway):
    first = await gateway.generate(key="k1", prompt="bread")
    assert (await gateway.generate(key="k1", prompt="  bread\n", count=4)).content == first.content


@pytest.mark.parametrize("other", [{"prompt": "rye bread"}, {"count": 5}, {"type": "TITLE"}])
async def test_a_key_with_another_body_is_refused(gateway: Gateway, owner: asyncpg.Connection, other):
    await gateway.generate(key="k1")
    problem(await gateway.generate(key="k1", **other), 422, "idempotency_key_reused")
    assert await stored(owner) == (1, 1, 1)


async def test_a_key_belongs_to_one_user(gateway: Gateway):
    alices = (await gateway.generate("alice", key="k1")).json()
    bobs = (await gateway.generate("bob", key="k1", prompt="another")).json()
    assert alices["generation_id"] != bobs["generation_id"]


async def test_fifty_parallel_requests_with_one_key_are_one_generation(gateway: Gateway, owner: asyncpg.Connection):
    answers = await asyncio.gather(*(gateway.generate(key="k1") for _ in range(50)))
    assert {(answer.status_code, answer.content) for answer in answers} == {(202, answers[0].content)}
    assert await stored(owner) == (1, 1, 1)
    assert await gateway.balance() == 16


async def test_the_cap_on_pending_generations_holds_under_parallel_requests(
    gateway: Gateway, owner: asyncpg.Connection
):
    answers = await asyncio.gather(*(gateway.generate(type="TITLE") for _ in range(20)))
    assert Counter(answer.status_code for answer in answers) == {202: 5, 429: 15}
    refused = next(answer for answer in answers if answer.status_code == 429)
    problem(refused, 429, "too_many_pending")
    assert int(refused.headers["Retry-After"]) > 0
    assert await stored(owner) == (5, 5, 0)
    assert await gateway.balance() == 15


async def test_a_settled_generation_makes_room(start: Start, owner: asyncpg.Connection):
    async with start(max_pending=1) as gateway:
        generation = UUID((await gateway.generate(type="TITLE")).json()["generation_id"])
        problem(await gateway.generate(type="TITLE"), 429, "too_many_pending")
        assert (await gateway.generate("bob", type="TITLE")).status_code == 202
        await rows.settle(owner, generation)
        assert (await gateway.generate(type="TITLE")).status_code == 202


async def test_the_ledger_is_listed_newest_first(gateway: Gateway, owner: asyncpg.Connection):
    generation = UUID((await gateway.generate(count=3)).json()["generation_id"])
    await rows.settle(owner, generation, "FAILED", refund=3)
    await gateway.generate("bob")
    items = (await gateway.get("/api/me/credits")).json()["items"]
    shown = [(i["kind"], i["amount"], i["balance_after"], i["generation_id"]) for i in items]
    assert shown == [
        ("refund", 3, 20, str(generation)),
        ("charge", -3, 17, str(generation)),
        ("signup", 20, 20, None),
    ]
    assert items[0].keys() == {"id", "amount", "kind", "generation_id", "balance_after", "created_at"}


async def test_the_ledger_is_paged(gateway: Gateway):
    for _ in range(2):
        await gateway.generate(type="TITLE")
    first = (await gateway.get("/api/me/credits?limit=2")).json()
    rest = (await gateway.get("/api/me/credits", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [i["kind"] for i in first["items"] + rest["items"]] == ["charge", "charge", "signup"]
    assert rest["next_cursor"] is None


async def test_a_made_up_user_row_stays_out_of_reach(gateway: Gateway, owner: asyncpg.Connection):
    await owner.execute("insert into users (id, clerk_id, email) values ($1, 'x', 'x@example.test')", uuid7())
    assert "x@example.test" not in (await gateway.get("/api/me")).text

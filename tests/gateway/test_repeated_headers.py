"""Headers that come twice: none of the two is passed over."""

from __future__ import annotations

import asyncpg
import httpx2
import pytest

from tests.gateway.conftest import Gateway, bearer, problem

JSON = ("Content-Type", "application/json")
BODY = b'{"prompt": "bread", "type": "TITLE"}'


async def post(gateway: Gateway, *headers: tuple[str, str]) -> httpx2.Response:
    return await gateway.http.post("/api/generations", content=BODY, headers=[*bearer("alice").items(), *headers])


async def test_two_keys_are_refused_and_nothing_is_charged(gateway: Gateway, owner: asyncpg.Connection):
    answer = await post(gateway, JSON, ("Idempotency-Key", "one"), ("Idempotency-Key", "two"))
    errors = problem(answer, 422, "invalid_request")["errors"]
    assert [(error["field"], error["code"]) for error in errors] == [("Idempotency-Key", "repeated")]
    assert await owner.fetchval("select count(*) from generations") == 0
    assert await gateway.balance() == 20


async def test_one_key_said_twice_is_one_key(gateway: Gateway):
    twice = [("Idempotency-Key", "one")] * 2
    first, again = await post(gateway, JSON, *twice), await post(gateway, JSON, *twice)
    assert (first.status_code, first.content) == (202, again.content)
    assert await gateway.balance() == 19


async def test_two_content_types_are_refused(gateway: Gateway):
    answer = await post(gateway, JSON, ("Content-Type", "text/plain"))
    assert problem(answer, 422, "invalid_request")["errors"][0]["field"] == "Content-Type"


@pytest.mark.parametrize("other", ["alice", "bob"])
async def test_two_tokens_are_none(gateway: Gateway, other: str):
    headers = [*bearer("alice").items(), *bearer(other).items()]
    problem(await gateway.http.get("/api/me", headers=headers), 401, "unauthenticated")


@pytest.mark.parametrize("wait", [0, 1])
async def test_all_lines_of_if_none_match_are_one_list(gateway: Gateway, wait: int):
    path = (await gateway.generate()).headers["Location"]
    etag = (await gateway.get(path)).headers["ETag"]
    known = [("If-None-Match", '"other"'), ("If-None-Match", f'"another", {etag}')]
    answer = await gateway.http.get(path, params={"wait": wait}, headers=[*bearer("alice").items(), *known])
    assert answer.status_code == (200 if wait else 304)  # after a wait in vain, the present state

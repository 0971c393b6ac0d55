"""Who asks too often, and how much everybody asks: 429 and 503, with what to do about it."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from tests.gateway.conftest import Gateway, Start, problem

FORWARDED = "X-Forwarded-For"


async def test_a_user_who_changes_things_too_often_has_to_wait(start: Start, owner: asyncpg.Connection):
    async with start(user_per_minute=3, max_pending=100) as gateway:
        for left in (2, 1, 0):
            answer = await gateway.generate(type="TITLE")
            assert answer.status_code == 202
            assert answer.headers["RateLimit-Policy"] == '"user";q=3;w=60'
            assert answer.headers["RateLimit"].startswith(f'"user";r={left};t=')
        refused = await gateway.generate(type="TITLE")
        problem(refused, 429, "rate_limited")
        assert 1 <= int(refused.headers["Retry-After"]) <= 20
        assert refused.headers["RateLimit"].startswith('"user";r=0;t=')
        assert await gateway.balance() == 17
        assert (await gateway.generate("bob", type="TITLE")).status_code == 202
        await owner.execute("update request_buckets set refilled_at = refilled_at - interval '21 seconds'")
        assert (await gateway.generate(type="TITLE")).status_code == 202


async def test_parallel_requests_on_several_gateways_share_one_bucket(start: Start):
    async with start(user_per_minute=10) as one, start(user_per_minute=10) as other:
        await one.get("/api/me")
        await other.get("/api/me")
        asked = [gateway.delete(f"/api/generations/{n}") for n in range(1) for gateway in (one, other)]
        asked += [gateway.generate(prompt=" ") for _ in range(15) for gateway in (one, other)]
        answers = await asyncio.gather(*asked)
    limited = [answer for answer in answers if answer.status_code == 429]
    assert len(limited) == len(answers) - 10


async def test_a_request_that_was_refused_counts_too_and_reading_does_not(start: Start):
    async with start(user_per_minute=2) as gateway:
        for _ in range(5):
            assert (await gateway.get("/api/me")).status_code == 200
        for _ in range(2):
            answer = await gateway.generate(prompt="")
            problem(answer, 422, "invalid_request")
            assert "RateLimit" in answer.headers
        problem(await gateway.generate(), 429, "rate_limited")


async def test_an_address_that_asks_too_often_has_to_wait_before_any_token_is_looked_at(start: Start):
    async with start(address_per_minute=5) as gateway:
        for _ in range(5):
            problem(await gateway.get("/api/me", None), 401, "unauthenticated")
        refused = await gateway.get("/api/me", headers={"Origin": "https://app.example.test"})
        problem(refused, 429, "rate_limited")
        assert 1 <= int(refused.headers["Retry-After"]) <= 60
        assert refused.headers["RateLimit-Policy"] == '"address";q=5;w=60'
        assert refused.headers["RateLimit"].startswith('"address";r=0;t=')
        assert refused.headers["Access-Control-Allow-Origin"] == "https://app.example.test"
        assert (await gateway.get("/livez", None)).status_code == 200


async def test_a_made_up_forwarded_address_does_not_help(start: Start):
    async with start(address_per_minute=3) as gateway:
        answers = [await gateway.get("/api/me", None, headers={FORWARDED: f"203.0.113.{n}"}) for n in range(4)]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 429]


async def test_behind_a_trusted_proxy_each_client_has_its_own_limit(start: Start):
    async with start(address_per_minute=1, trusted_proxies="127.0.0.1") as gateway:
        for n in range(3):
            answer = await gateway.get("/api/me", None, headers={FORWARDED: f"6.6.6.6, 203.0.113.{n}"})
            assert answer.status_code == 401
        again = await gateway.get("/api/me", None, headers={FORWARDED: "7.7.7.7, 203.0.113.1"})
        assert again.status_code == 429


@pytest.mark.parametrize("wrong", ["10.0.0.0/33", "proxy.example.test", "10.0.0.1/8"])
def test_a_proxy_that_is_no_network_is_refused_at_start(start: Start, wrong: str):
    with pytest.raises(ValueError, match="trusted_proxies"):
        asyncio.run(_started(start, wrong))


async def _started(start: Start, proxies: str) -> None:
    async with start(trusted_proxies=proxies):
        pass


async def test_while_the_oldest_work_waits_too_long_nothing_new_is_taken_or_charged(
    start: Start, owner: asyncpg.Connection, monkeypatch
):
    monkeypatch.setattr("gateway.pressure.LOOK_S", 0.0)
    async with start() as gateway:
        assert (await gateway.generate(type="TITLE")).status_code == 202
        await owner.execute("update generations set created_at = now() - interval '91 seconds'")
        refused = await gateway.generate("bob")
        problem(refused, 503, "busy")
        assert int(refused.headers["Retry-After"]) > 0
        assert await gateway.balance("bob") == 20
        assert (await gateway.get("/api/generations")).status_code == 200
        await owner.execute("update generations set status = 'COMPLETED'")
        assert (await gateway.generate("bob")).status_code == 202


async def test_the_oldest_work_is_looked_up_at_most_once_a_second(gateway: Gateway, monkeypatch):
    looks = []

    async def counted(_db: object) -> float:
        looks.append(1)
        return 0.0

    monkeypatch.setattr("gateway.queries.oldest_unsettled_s", counted)
    await asyncio.gather(*(gateway.generate(type="TITLE", prompt=f"{n}") for n in range(4)))
    assert len(looks) == 1


EVERYWHERE = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cache-control": "no-store",
}


async def test_every_answer_has_the_security_headers_and_an_id_of_ours(gateway: Gateway):
    made_up = {"X-Request-Id": "mine"}
    large = {"Content-Length": "9999999"}
    answers = [
        await gateway.get("/api/me", headers=made_up),
        await gateway.get("/api/me", None, headers=made_up),
        await gateway.get("/nowhere"),
        await gateway.get("/livez"),
        await gateway.generate(),
        await gateway.post("/api/generations", content=b"{", headers=large),
        await gateway.http.options("/api/me", headers={"Origin": "x", "Access-Control-Request-Method": "GET"}),
    ]
    assert [answer.status_code for answer in answers] == [200, 401, 404, 200, 202, 413, 400]
    for answer in answers:
        assert {name: answer.headers[name] for name in EVERYWHERE} == EVERYWHERE
        assert "default-src 'none'" in answer.headers["content-security-policy"]
    ids = {answer.headers["x-request-id"] for answer in answers}
    assert len(ids) == len(answers)
    assert "mine" not in ids

"""What is sold, and the links to buy it: what the gateway asks of billing, and what becomes of each answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import nats
import pytest

from common import requests
from gateway import shop
from tests.gateway.conftest import Gateway, Pools, Start, problem
from tests.support.transactions import open_transactions

CHECKOUT, PORTAL = "/api/me/checkout", "/api/me/portal"
OFFERS = {
    "plans": [{"id": "2001", "tier": "starter", "credits": 200}],
    "packs": [{"id": "1001", "credits": 50}],
}
PAGE = "https://store.example.com/checkout/custom/1?signature=abc"
ANSWERS: dict[str, dict[str, Any]] = {
    requests.OFFERS: {"result": OFFERS},
    requests.CHECKOUT: {"result": {"url": PAGE}},
    requests.PORTAL: {"result": {"url": PAGE}},
}


def refusal(status: int, code: str) -> dict[str, Any]:
    return {"problem": {"status": status, "code": code, "detail": "What billing says of it."}}


@asynccontextmanager
async def billing(nats_url: str, **answers: dict[str, Any] | None) -> AsyncIterator[list[tuple[str, Any]]]:
    """Answers as told (None: never), else well, and keeps what it was asked."""
    asked: list[tuple[str, Any]] = []
    connection = await nats.connect(nats_url)
    by_subject = ANSWERS | {getattr(requests, name.upper()): answer for name, answer in answers.items()}

    async def reply(message: Any) -> None:
        asked.append((message.subject, json.loads(message.data)))
        if (answer := by_subject[message.subject]) is not None:
            await message.respond(json.dumps(answer).encode())

    for subject in by_subject:
        await connection.subscribe(subject, cb=reply)
    await connection.flush()
    try:
        yield asked
    finally:
        await connection.close()


async def user_id(gateway: Gateway) -> str:
    return (await gateway.get("/api/me")).json()["id"]


async def test_what_is_sold_is_shown_to_anybody_and_may_be_kept(gateway: Gateway, nats_url: str):
    async with billing(nats_url):
        answer = await gateway.get("/api/plans", user=None)
    assert (answer.status_code, answer.json()) == (200, OFFERS)
    assert answer.headers["Cache-Control"] == "public, max-age=300"


async def test_what_is_sold_is_remembered_for_a_minute(
    gateway: Gateway, nats_url: str, monkeypatch: pytest.MonkeyPatch
):
    async with billing(nats_url) as asked:
        await gateway.get("/api/plans")
        await gateway.get("/api/plans")
        assert len(asked) == 1
        monkeypatch.setattr(shop, "OFFERS_S", 0.0)
        await gateway.get("/api/plans")
        assert len(asked) == 2
    assert (await gateway.get("/api/plans")).json() == OFFERS  # and longer, while nobody answers


async def test_when_nobody_ever_said_what_is_sold_it_is_unavailable(gateway: Gateway):
    answer = await gateway.get("/api/plans")
    problem(answer, 503, "shop_unavailable")
    assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.parametrize(("kind", "offer_id"), [("plan", "2001"), ("pack", "1001")])
async def test_a_checkout_is_asked_for_the_user_of_the_token(gateway: Gateway, nats_url: str, kind: str, offer_id: str):
    async with billing(nats_url) as asked:
        answer = await gateway.post(CHECKOUT, json={kind: offer_id})
    assert (answer.status_code, answer.json()) == (201, {"url": PAGE})
    assert "RateLimit" in answer.headers
    assert asked == [(requests.CHECKOUT, {"user_id": await user_id(gateway), "kind": kind, "offer_id": offer_id})]


async def test_a_portal_is_asked_for_anew_each_time(gateway: Gateway, nats_url: str):
    async with billing(nats_url) as asked:
        for _ in range(2):
            answer = await gateway.get(PORTAL)
            assert (answer.status_code, answer.json()) == (200, {"url": PAGE})
    assert asked == [(requests.PORTAL, {"user_id": await user_id(gateway)})] * 2


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"plan": "2001", "pack": "1001"},
        {"plan": None},
        {"plan": None, "pack": "1001"},
        {"plan": ""},
        {"plan": "", "pack": "1001"},
        {"plan": 2001},
        {"plan": "starter"},
        {"plan": "0"},
        {"plan": "2001\n"},
        {"plan": "9" * 20},
        {"pack": ["1001"]},
        {"pack": "1001", "user_id": "01a21e85-f774-7dd2-a97e-937847790e93"},
    ],
)
async def test_what_is_no_order_for_one_thing_is_refused_and_nobody_is_asked(
    gateway: Gateway, nats_url: str, body: dict[str, Any]
):
    async with billing(nats_url) as asked:
        problem(await gateway.post(CHECKOUT, json=body), 422, "invalid_request")
    assert asked == []


@pytest.mark.parametrize(
    ("status", "code"), [(404, "not_sold"), (409, "already_subscribed"), (503, "shop_unavailable")]
)
async def test_billings_refusal_of_a_checkout_is_passed_on(gateway: Gateway, nats_url: str, status: int, code: str):
    async with billing(nats_url, checkout=refusal(status, code)):
        answer = await gateway.post(CHECKOUT, json={"plan": "2001"})
    assert problem(answer, status, code)["detail"] == "What billing says of it."


async def test_who_is_erased_gets_the_one_401(gateway: Gateway, nats_url: str):
    async with billing(nats_url, checkout=refusal(401, "unauthenticated")):
        answer = await gateway.post(CHECKOUT, json={"plan": "2001"})
    assert answer.content == (await gateway.post(CHECKOUT, user=None, json={"plan": "2001"})).content
    problem(answer, 401, "unauthenticated")


async def test_who_has_no_plan_has_no_portal(gateway: Gateway, nats_url: str):
    async with billing(nats_url, portal=refusal(404, "no_subscription")):
        problem(await gateway.get(PORTAL), 404, "no_subscription")


@pytest.mark.parametrize("method", ["post", "get"])
async def test_without_a_token_nobody_is_asked(gateway: Gateway, nats_url: str, method: str):
    async with billing(nats_url) as asked:
        answer = await gateway.http.request(method, CHECKOUT if method == "post" else PORTAL, json={"plan": "2001"})
    problem(answer, 401, "unauthenticated")
    assert asked == []


async def test_links_count_against_the_users_limit(start: Start, nats_url: str):
    async with start(user_per_minute=2) as gateway, billing(nats_url):
        await gateway.get(PORTAL)
        await gateway.post(CHECKOUT, json={"plan": "2001"})
        problem(await gateway.get(PORTAL), 429, "rate_limited")


async def test_without_billing_the_shop_is_unavailable_at_once(gateway: Gateway):
    answer = await asyncio.wait_for(gateway.post(CHECKOUT, json={"plan": "2001"}), 2)
    problem(answer, 503, "shop_unavailable")
    assert int(answer.headers["Retry-After"]) > 0


async def test_a_billing_that_hangs_holds_no_connection(
    gateway: Gateway, nats_url: str, pools: Pools, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(shop, "TIMEOUT_S", 0.6)
    async with billing(nats_url, checkout=None) as asked:
        answer = asyncio.create_task(gateway.post(CHECKOUT, json={"plan": "2001"}))
        while not asked:
            await asyncio.sleep(0.01)
        assert await open_transactions(await pools("gateway")) == 0
        problem(await answer, 503, "shop_unavailable")

"""The form of every error, CORS, and what nobody foresaw."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from common.body_limit import LIMIT_BYTES, BodyLimit
from gateway import queries
from gateway.app import EXPOSED
from gateway.settings import Settings
from tests.gateway.conftest import Gateway, problem

ORIGIN = {"Origin": "https://app.example.test"}


@pytest.mark.parametrize("path", ["/", "/api", "/api/nothing", "/api/generations/", "/docs", "/openapi.json", "/%00"])
async def test_an_unknown_address_is_a_problem(gateway: Gateway, path: str):
    problem(await gateway.get(path), 404, "not_found")


async def test_what_nobody_foresaw_is_a_500_that_says_nothing(gateway: Gateway, monkeypatch, capfd):
    async def broken(_tx: object) -> None:
        raise RuntimeError("alice@example.test was here")

    monkeypatch.setattr(queries, "me", broken)
    answer = await gateway.get("/api/me", headers=ORIGIN)
    problem(answer, 500, "internal_error")
    assert "alice" not in answer.text
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN["Origin"]


@pytest.mark.parametrize("origin", ["https://app.example.test", "https://other.example.test"])
async def test_a_known_origin_may_ask_and_read_the_headers_it_needs(gateway: Gateway, origin: str):
    wants = {
        "Origin": origin,
        "Access-Control-Request-Method": "DELETE",
        "Access-Control-Request-Headers": "authorization, content-type, idempotency-key",
    }
    allowed = await gateway.http.options("/api/generations", headers=wants)
    assert (allowed.status_code, allowed.headers["Access-Control-Allow-Origin"]) == (200, origin)
    answer = await gateway.get("/api/me", None, headers={"Origin": origin})
    exposed = set(answer.headers["Access-Control-Expose-Headers"].split(", "))
    assert (answer.status_code, exposed) == (401, set(EXPOSED))


REFUSED = {
    "origin": {"Origin": "https://evil.example.test"},
    "method": {"Access-Control-Request-Method": "PUT"},
    "headers": {"Access-Control-Request-Headers": "authorization, x-mine"},
}


@pytest.mark.parametrize(("what", "wants"), REFUSED.items(), ids=REFUSED)
async def test_a_refused_preflight_is_a_problem(gateway: Gateway, what: str, wants: dict[str, str]):
    answer = await gateway.http.options("/api/me", headers=ORIGIN | {"Access-Control-Request-Method": "GET"} | wants)
    body = problem(answer, 400, "cors_refused")
    assert body["detail"].endswith(what)
    assert "evil" not in answer.text
    assert "Origin" in answer.headers["Vary"]
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    assert ("Access-Control-Allow-Origin" in answer.headers) == (what != "origin")


async def test_an_unknown_origin_gets_no_leave(gateway: Gateway):
    answer = await gateway.get("/api/me", headers={"Origin": "https://evil.example.test"})
    assert "Access-Control-Allow-Origin" not in answer.headers


async def test_a_body_at_the_limit_is_read_and_one_byte_more_is_not(gateway: Gateway):
    json_body = {"Content-Type": "application/json"} | ORIGIN
    padded = json.dumps({"prompt": "bread", "type": "TITLE"}).encode().ljust(LIMIT_BYTES)
    assert (await gateway.post("/api/generations", content=padded, headers=json_body)).status_code == 202
    refused = await gateway.post("/api/generations", content=padded + b" ", headers=json_body)
    problem(refused, 413, "body_too_large")
    assert refused.headers["Access-Control-Allow-Origin"] == ORIGIN["Origin"]


async def test_a_body_that_says_it_is_too_large_is_refused_unread():
    sent = []

    async def unread(*_: object) -> Any:
        raise AssertionError("read, or handed on")

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"content-length", str(LIMIT_BYTES + 1).encode())]
    await BodyLimit(unread)({"type": "http", "headers": headers}, unread, send)
    assert sent[0]["status"] == 413


async def test_a_body_of_unknown_length_is_counted(gateway: Gateway):
    sent = 0

    async def endless():
        nonlocal sent
        while True:
            sent += 8192
            yield b" " * 8192

    answer = await gateway.post("/api/generations", content=endless())
    problem(answer, 413, "body_too_large")
    assert sent <= LIMIT_BYTES + 2 * 8192


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("media_secret", "short"),
        ("public_url", "not a url"),
        ("max_pending", 0),
        ("streams_per_user", 0),
        ("retention_days", 0),
    ],
)
def test_a_setting_that_does_not_fit_ends_the_start(settings, name, value):
    with pytest.raises(ValidationError, match=name):
        Settings(**(settings | {name: value}))


def test_the_key_address_follows_from_the_issuer(settings):
    made = Settings(**(settings | {"clerk_jwks_url": "", "public_url": "https://x.test/"}))
    assert made.jwks_url == "https://clerk.example.test/.well-known/jwks.json"
    assert made.public_url == "https://x.test"

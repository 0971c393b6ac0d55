"""Clerk's door: whatever is not signed as Svix signs it gets one and the same 401."""

from __future__ import annotations

import base64
import time
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx2
import pytest
from pydantic import ValidationError

from gateway.settings import Settings
from tests.gateway.clerk_door import PATH, users
from tests.gateway.conftest import Gateway, Start, problem
from tests.support import clerk

BODY = clerk.to_bytes(clerk.user_created())
NO_TIMES = ("now", "NaN", "inf", "-1", "0", "1e300", "9" * 400, "2026-01-01T00:00:00Z")
OTHER_SECRET = "whsec_" + base64.b64encode(b"another secret of them..").decode()


@pytest.fixture
async def gateway(start: Start) -> AsyncIterator[Gateway]:
    async with start(clerk_webhook_secret=clerk.SECRET) as running:
        yield running


async def post(gateway: Gateway, headers: Any, body: bytes = BODY) -> httpx2.Response:
    return await gateway.http.post(PATH, content=body, headers=headers)


def without(name: str) -> dict[str, str]:
    return {header: value for header, value in clerk.headers(BODY).items() if header != name}


def with_signature(signature: str, now: int) -> dict[str, str]:
    return clerk.headers(BODY, timestamp=now) | {"svix-signature": signature}


def encoded(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]


def refused() -> dict[str, Any]:
    """Made when they are sent: they are about the present time."""
    now = int(time.time())
    good = clerk.headers(BODY, timestamp=now)["svix-signature"]
    return {
        "no headers": {},
        "no id": without("svix-id"),
        "no timestamp": without("svix-timestamp"),
        "no signature": without("svix-signature"),
        "empty id": clerk.headers(BODY, message_id=""),
        "empty timestamp": clerk.headers(BODY, timestamp=""),
        "empty signature": with_signature("", now),
        "a signature without its version": with_signature(good.partition(",")[2], now),
        "version 2": with_signature(good.replace("v1,", "v2,"), now),
        "version 1a": with_signature(good.replace("v1,", "v1a,"), now),
        "an empty one of version 1": with_signature("v1,", now),
        "half of it": with_signature(good[: len(good) // 2], now),
        "no base64": with_signature("v1,Grüße", now),
        "nothing but spaces": with_signature("   ", now),
        "too many commas": with_signature(f"{good},v1", now),
        "another secret's": clerk.headers(BODY, secret=OTHER_SECRET),
        "another message's": clerk.headers(BODY) | {"svix-id": "msg_another"},
        "another time's": clerk.headers(BODY, timestamp=now) | {"svix-timestamp": str(now - 1)},
        "another body's": clerk.headers(BODY + b" "),
        "six minutes old": clerk.headers(BODY, timestamp=now - 360),
        "six minutes early": clerk.headers(BODY, timestamp=now + 360),
        "in milliseconds": clerk.headers(BODY, timestamp=now * 1000),
        **{f"timestamp {word}": clerk.headers(BODY, timestamp=word) for word in NO_TIMES},
        "two signatures in two lines": [*encoded(clerk.headers(BODY)), (b"svix-signature", good.encode())],
        "two ids": [*encoded(clerk.headers(BODY)), (b"svix-id", b"msg_another")],
    }


@pytest.mark.parametrize("name", refused())
async def test_it_is_refused_like_any_other(gateway: Gateway, owner: asyncpg.Connection, name: str):
    headers = refused()[name]
    answer = await post(gateway, headers if isinstance(headers, list) else encoded(headers))
    problem(answer, 401, "unauthenticated")
    assert answer.content == (await post(gateway, {})).content
    assert await users(owner) == 0


@pytest.mark.parametrize("bit", range(0, len(BODY) * 8, 997))
async def test_a_flipped_bit_in_the_body_is_refused(gateway: Gateway, bit: int):
    flipped = bytearray(BODY)
    flipped[bit // 8] ^= 1 << bit % 8
    problem(await post(gateway, clerk.headers(BODY), bytes(flipped)), 401, "unauthenticated")


def accepted() -> dict[str, dict[str, str]]:
    now = int(time.time())
    good, anothers = (
        clerk.headers(BODY, secret=s, timestamp=now)["svix-signature"] for s in (clerk.SECRET, OTHER_SECRET)
    )
    return {
        "now": clerk.headers(BODY),
        "four minutes late": clerk.headers(BODY, timestamp=now - 240),
        "four minutes early": clerk.headers(BODY, timestamp=now + 240),
        "after another secret's": with_signature(f"{anothers} {good}", now),
        "before another version": with_signature(f"{good} v2,abc", now),
        "between others": with_signature(f"v1a,abc {good} v1,abcd", now),
    }


@pytest.mark.parametrize("name", accepted())
async def test_a_signature_of_these_five_minutes_fits(gateway: Gateway, name: str):
    assert (await post(gateway, accepted()[name])).status_code == 204


async def test_without_a_secret_there_is_no_such_endpoint(start: Start, owner: asyncpg.Connection):
    async with start() as gateway:
        problem(await post(gateway, clerk.headers(BODY)), 404, "not_found")
    assert await users(owner) == 0


async def test_a_secret_without_its_padding_is_the_same(start: Start):
    secret = "whsec_" + base64.b64encode(b"a secret that is padded..").decode()
    assert secret.endswith("=")
    async with start(clerk_webhook_secret=secret.rstrip("=")) as gateway:
        assert (await post(gateway, clerk.headers(BODY, secret=secret))).status_code == 204


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "whsec_",
        "whsec_c2hvcnQ=",
        "whsec_" + "!" * 32,
        "whsec_" + "ä" * 32,
        "whsec_" + "a" * 33,
        "whsec_" + "a" * 32 + "-_",
        "sk_live_" + "a" * 32,
    ],
)
def test_what_can_be_no_secret_is_refused_at_start_without_being_shown(settings: dict[str, Any], secret: str):
    with pytest.raises(ValidationError) as refused:
        Settings(**settings, clerk_webhook_secret=secret)
    (error,) = refused.value.errors(include_input=False)
    assert error["loc"] == ("clerk_webhook_secret",)
    assert error["msg"].endswith("must be whsec_ and 16 bytes or more in base64")

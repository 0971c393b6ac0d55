"""Requests as no browser sends them, over real sockets: each gets an answer in our form, and none is a 500."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.gateway.conftest import bearer
from tests.gateway.news import serving

ID = "00000000-0000-7000-8000-000000000000"
BODY = b'{"prompt": "bread", "type": "TITLE"}'
JSON = "Content-Type: application/json"
HANDSHAKE = "\r\n".join(
    (
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
    )
)


@pytest.fixture
async def port(settings: dict[str, Any]) -> AsyncIterator[int]:
    async with serving(settings) as (_, url):
        yield int(url.rpartition(":")[2])


def request(
    target: str, *lines: str, user: str = "alice", method: str = "GET", version: str = "1.1", body: bytes = b""
) -> bytes:
    """One that ends its connection."""
    length = [f"Content-Length: {len(body)}"] if body else []
    headers = ["Host: x", "Connection: close", f"Authorization: {bearer(user)['Authorization']}", *length, *lines]
    return "\r\n".join([f"{method} {target} HTTP/{version}", *headers, "", ""]).encode("latin-1") + body


async def answers(port: int, *pieces: bytes) -> list[tuple[int, str, Any]]:
    """Status, media type and body of each answer until the connection's end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
    found = []
    async with asyncio.timeout(5):
        while line := await reader.readline():
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
            headers = dict(field.split(": ", 1) for field in head.splitlines() if field)
            body = await reader.readexactly(int(headers["content-length"]))
            found.append((int(line.split()[1]), headers["content-type"], json.loads(body)))
    writer.close()
    return found


LISTS = {
    "q=%00": "q",
    "q=bread%00": "q",
    "q=%1b[31m": "q",
    "q=" + "x" * 60_000: "q",
    "cursor=%00": "cursor",
    "cursor=%ff": "cursor",
    "cursor=%ED%A0%80": "cursor",
    "cursor=a&cursor=b": "cursor",
    "cursor=" + "x" * 60_000: "cursor",
    "limit=%ff": "limit",
    "limit=%C2%B2": "limit",
    "limit=1&limit=1000": "limit",
    "type=%ff": "type",
    "status=%00": "status",
    "expires_within_days=%00": "expires_within_days",
    "q=%ff%fe": None,
    "q=%ED%A0%80": None,
    "q=%zz": None,
    "q=a&q=b": None,
    "limit=1000&limit=1": None,
    "=&&&==&%": None,
    "%00=%00": None,
    "a=1&" * 15_000: None,
}


@pytest.mark.parametrize(("query", "named"), LISTS.items(), ids=[query[:20] for query in LISTS])
async def test_a_query_fits_or_is_named_and_the_last_of_several_counts(port: int, query: str, named: str | None):
    [(status, kind, body)] = await answers(port, request(f"/api/generations?{query}"))
    if named:
        assert (status, kind, body["code"]) == (422, "application/problem+json", "invalid_request")
        assert [error["field"] for error in body["errors"]] == [named]
    else:
        assert (status, body) == (200, {"items": [], "next_cursor": None})


NOWHERE = [
    "/%00",
    "/%ff",
    "/api/generations/%00",
    "/api/generations/%ff",
    "/api/generations/%ED%A0%80",
    f"/api/generations/{ID}%00",
    f"/api/generations/{ID}?wait=1&wait=2",
    "/api/generations/" + "x" * 60_000,
    "/" * 60_000,
    "/../../etc/passwd",
    "/api/../livez",
    "/%2e%2e/livez",
    "/api//me",
    f"/media/{ID}?e=%00&s=%00",
    f"/media/{ID}?e=%ff&s=%ff",
    f"/media/{ID}?e=1&e=2&s=1&s=2",
    f"/media/{ID}%00?e=1&s=1",
    "/media/..%2f..%2fetc%2fpasswd?e=1&s=1",
    "*",
]


@pytest.mark.parametrize("target", NOWHERE, ids=[target[:30] for target in NOWHERE])
async def test_an_address_that_leads_nowhere_is_not_found(port: int, target: str):
    [(status, kind, body)] = await answers(port, request(target))
    assert (status, kind, body["code"]) == (404, "application/problem+json", "not_found")


@pytest.mark.parametrize("wait", ["%00", "%ff", "1&wait=26"])
async def test_a_wait_that_is_none_is_named(port: int, wait: str):
    [(status, _, body)] = await answers(port, request(f"/api/generations/{ID}?wait={wait}"))
    assert (status, [error["field"] for error in body["errors"]]) == (422, ["wait"])


@pytest.mark.parametrize(
    "line",
    [
        "Accept: image/png",
        "Accept: text/html;q=1, */*;q=0",
        "Accept-Encoding: identity;q=0",
        "Expect: bread",
        "Range: bytes=0-1",
        "X-Request-Id: \xff\xfe",
        "traceparent: \xff",
        "Cookie: " + "x" * 50_000,
        "X-Forwarded-For: \xff, 1, , ::::",
        "If-None-Match: \xff,,,",
        "Idempotency-Key: \xff",
        HANDSHAKE,
        "\r\n".join(f"X{n}: y" for n in range(3000)),
    ],
    ids=lambda line: line[:20],
)
async def test_a_header_that_nobody_asked_for_changes_nothing(port: int, line: str):
    [(status, kind, body)] = await answers(port, request("/api/me", line))
    assert (status, kind, body["credits_remaining"]) == (200, "application/json", 20)


async def test_a_handshake_without_a_token_is_refused_like_any_other_request(port: int):
    asked = f"GET /api/me HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{HANDSHAKE}\r\n\r\n"
    [(status, kind, body)] = await answers(port, asked.encode())
    assert (status, kind, body["code"]) == (401, "application/problem+json", "unauthenticated")


async def test_a_request_of_http_1_0_is_carried_out(port: int):
    asked = request("/api/generations", JSON, method="POST", version="1.0", body=BODY)
    [(status, _, body)] = await answers(port, asked)
    assert (status, body["status"]) == (202, "PENDING")


async def test_two_requests_in_one_piece_are_carried_out_in_order(port: int):
    first = request("/api/generations", JSON, method="POST", body=BODY).replace(b"Connection: close\r\n", b"")
    placed, me = await answers(port, first + request("/api/me", user="bob"))
    assert (placed[0], placed[2]["credits_remaining"]) == (202, 19)
    assert (me[0], me[2]["credits_remaining"]) == (200, 20)


async def test_a_client_that_asks_first_is_told_to_go_on(port: int):
    asked = request("/api/generations", JSON, "Expect: 100-continue", method="POST", body=BODY)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(asked.removesuffix(BODY))
    assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    writer.write(BODY)
    assert (await reader.read()).startswith(b"HTTP/1.1 202")
    writer.close()

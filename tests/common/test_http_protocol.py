"""What the server refuses by itself, before any application hears of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
import uvicorn

from common.http_protocol import HEAD_LIMIT_BYTES, BoundedHttp
from tests.support.processes import until
from vision3.servers.ports import free_port


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Reads the whole body and says how long it was."""
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message["body"], message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": str(len(body)).encode()})


@pytest.fixture
async def port() -> AsyncIterator[int]:
    config = uvicorn.Config(app, port=free_port(), http=BoundedHttp, lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve())  # `serve` would take the signals of the whole test run

    async def started() -> bool:
        return server.started

    await until(started, "the server to listen")
    yield config.port
    server.should_exit = True
    await serving


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()


async def refusal(reader: asyncio.StreamReader) -> tuple[bytes, str]:
    """The start of the last answer on a connection, and its problem's code."""
    head, _, body = (await asyncio.wait_for(reader.read(), 5)).partition(b"\r\n\r\n")
    assert b"content-type: application/problem+json" in head
    return head[:12], json.loads(body)["code"]


async def send_endless_head(writer: asyncio.StreamWriter) -> None:
    """One byte more than a head may have, that byte last: the answer to it must not be lost in a reset."""
    begin = b"GET / HTTP/1.1\r\nX-Long: "
    for piece in (begin, b"a" * (HEAD_LIMIT_BYTES - len(begin)), b"a"):
        writer.write(piece)
        await writer.drain()


async def test_a_head_without_an_end_is_refused(port: int):
    async with connected(port) as (reader, writer):
        await send_endless_head(writer)
        assert await refusal(reader) == (b"HTTP/1.1 431", "headers_too_large")


async def test_so_is_the_head_of_a_later_request(port: int):
    async with connected(port) as (reader, writer):
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nb")
        await reader.readuntil(b"\r\n0\r\n\r\n")
        await send_endless_head(writer)
        assert await refusal(reader) == (b"HTTP/1.1 431", "headers_too_large")


async def test_what_is_no_http_is_a_problem(port: int):
    async with connected(port) as (reader, writer):
        writer.write(b"GARBAGE\r\n\r\n")
        assert await refusal(reader) == (b"HTTP/1.1 400", "malformed_request")


async def test_bodies_and_earlier_requests_count_for_no_head(port: int):
    async with httpx2.AsyncClient(trust_env=False) as client:
        for _ in range(4):
            answer = await client.post(
                f"http://127.0.0.1:{port}/", headers={"X-Long": "a" * 40_000}, content=b"b" * 300_000
            )
            assert (answer.status_code, answer.text) == (200, "300000")

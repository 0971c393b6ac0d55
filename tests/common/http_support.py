"""A server of our protocol with a small application, and connections to it, byte by byte."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import uvicorn

from common.http_protocol import HEAD_LIMIT_BYTES, BoundedHttp
from tests.support.processes import until
from vision3.servers.ports import free_port

KEEP_ALIVE_S = 2
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
SLOW = b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n"
ANSWERED = b"\r\n0\r\n\r\n"

LONG = b"GET / HTTP/1.1\r\nX-Long: "
ENDLESS_HEAD = LONG, b"a" * (HEAD_LIMIT_BYTES - len(LONG)), b"a"
"""One byte more than a head may have, that byte last: the answer to it must not be lost in a reset."""


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Reads the whole body, or answers early, and says how long it was."""
    body, more = b"", scope["path"] != "/early"
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    if scope["path"] == "/slow":
        await send({"type": "http.response.body", "body": b"slowly ", "more_body": True})
        await asyncio.sleep(0.5)
    await send({"type": "http.response.body", "body": str(len(body)).encode()})


@asynccontextmanager
async def served() -> AsyncIterator[int]:
    """The port where it listens."""
    config = uvicorn.Config(
        app,
        port=free_port(),
        http=BoundedHttp,
        ws="none",
        lifespan="off",
        log_config=None,
        timeout_keep_alive=KEEP_ALIVE_S,
    )
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


async def everything(reader: asyncio.StreamReader) -> bytes:
    """All that comes until the connection's end."""
    return await asyncio.wait_for(reader.read(), 5)


async def refusal(reader: asyncio.StreamReader) -> tuple[bytes, str]:
    """The start of the last answer on a connection, and its problem's code."""
    head, _, body = (await everything(reader)).partition(b"\r\n\r\n")
    assert b"content-type: application/problem+json" in head
    return head[:12], json.loads(body)["code"]


async def trickle(writer: asyncio.StreamWriter, piece: bytes) -> None:
    """Again and again, ten times a second, until the other side has enough."""
    with suppress(OSError):
        while not writer.is_closing():
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.1)


async def send(writer: asyncio.StreamWriter, *pieces: bytes) -> None:
    for piece in pieces:
        writer.write(piece)
        await writer.drain()

"""A small HTTP/1.1 server for stand-ins, which can also misbehave: hang, drip, reset, cut."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any, Literal

How = Literal["whole", "hang", "drip", "reset", "cut"]
"""hang: no byte ever. drip: a byte a second. reset: the connection breaks once the request is read. cut: half of it."""


@dataclass(frozen=True)
class Request:
    """headers: with names in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    wait_s: float = 0.0
    how: How = "whole"

    @classmethod
    def json(cls, document: Any, status: int = 200, headers: dict[str, str] | None = None, **options: Any) -> Reply:
        return cls(
            json.dumps(document).encode(), status, {"Content-Type": "application/json", **(headers or {})}, **options
        )


class UnlikeDocumented(Exception):
    """The request is not what the vendor documents."""


class StandIn:
    """Answers by `answer`, unless something else is to come `next`. Remembers what it was asked."""

    def __init__(self, answer: Callable[[Request], Reply]) -> None:
        self.answer = answer
        self.next: list[Reply] = []
        self.always: Reply | None = None
        self.requests: list[Request] = []
        self.times: list[float] = []
        self.complaints: list[str] = []
        self.statuses: Counter[int] = Counter()
        self.under_way = 0
        self.most_under_way = 0
        self.url = ""

    def reply_to(self, request: Request) -> Reply:
        self.requests.append(request)
        self.times.append(asyncio.get_running_loop().time())
        try:
            good = self.answer(request)
        except (UnlikeDocumented, KeyError, ValueError) as error:
            self.complaints.append(f"{request.method} {request.path}: {error!r}")
            return Reply.json({"error": {"message": str(error)}}, 400)
        if self.next:
            return self.next.pop(0)
        return self.always or good


@asynccontextmanager
async def serving(stand_in: StandIn, port: int = 0) -> AsyncIterator[StandIn]:
    connections: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        connections.add(task)
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while await _answered(stand_in, reader, writer):
                pass
        writer.close()
        connections.discard(task)

    server = await asyncio.start_server(connected, "127.0.0.1", port, limit=1 << 20)
    stand_in.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield stand_in
    finally:
        server.close()
        for task in [*connections]:
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)


async def _answered(stand_in: StandIn, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    """One request; whether the connection goes on."""
    request = await _read(reader)
    stand_in.under_way += 1
    stand_in.most_under_way = max(stand_in.most_under_way, stand_in.under_way)
    try:
        reply = stand_in.reply_to(request)
        stand_in.statuses[reply.status] += 1
        await asyncio.sleep(reply.wait_s)
    finally:
        stand_in.under_way -= 1
    return await _send(reply, writer)


async def _send(reply: Reply, writer: asyncio.StreamWriter) -> bool:
    match reply.how:
        case "reset":
            writer.transport.abort()
            return False
        case "hang":
            await asyncio.sleep(3_600)
    writer.write(_head(reply))
    match reply.how:
        case "cut":
            writer.write(reply.body[: len(reply.body) // 2])
            await writer.drain()
            return False
        case "drip":
            for byte in reply.body:
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(1)
            return False
    writer.write(reply.body)
    await writer.drain()
    return True


def _head(reply: Reply) -> bytes:
    headers = {"Content-Length": str(len(reply.body))} | reply.headers
    lines = [f"HTTP/1.1 {reply.status} Whatever", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


async def _read(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.split("\r\n")
    method, path, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
    if headers.get("transfer-encoding") == "chunked":
        body = await _chunks(reader)
    else:
        body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(method, path, headers, body)


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while size := int(await reader.readuntil(b"\r\n"), 16):
        body += (await reader.readexactly(size + 2))[:-2]
    await reader.readexactly(2)
    return body


def slowly(reply: Reply, wait_s: float) -> Reply:
    return replace(reply, wait_s=wait_s)

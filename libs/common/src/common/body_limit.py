"""The limits on bodies: counted and timed while they arrive, so that nothing larger or slower is ever held."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from common.errors import Problem
from common.problems import render

LIMIT_BYTES = 64 * 1024
LIMIT_S = 10.0
CLOSE = {"Connection": "close"}


class BodyLimit:
    """Pure ASGI: collects the body up to the limits and hands it on in one piece; beyond them, 413 or 408.

    The connection is closed after either: the server would read the rest otherwise, only to throw it away.
    """

    def __init__(self, app: ASGIApp, limit_bytes: int = LIMIT_BYTES, limit_s: float = LIMIT_S) -> None:
        self._app = app
        self._limit_bytes = limit_bytes
        self._limit_s = limit_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not has_body(scope["headers"]):
            await self._app(scope, receive, send)
            return
        try:
            body = await self._read(scope, receive)
        except Problem as problem:
            await render(problem)(scope, receive, send)
            return
        if body is not None:
            await self._app(scope, _replay(body, receive), send)

    async def _read(self, scope: Scope, receive: Receive) -> bytes | None:
        """None when the client left. Raises the 413 or the 408."""
        if _declared_bytes(scope) > self._limit_bytes:
            raise self._too_large()
        try:
            async with asyncio.timeout(self._limit_s):
                return await self._collect(receive)
        except TimeoutError:
            detail = f"a body has to arrive within {self._limit_s:g} seconds"
            raise Problem(408, "request_timeout", detail, headers=CLOSE) from None

    async def _collect(self, receive: Receive) -> bytes | None:
        body = bytearray()
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > self._limit_bytes:
                raise self._too_large()
        return bytes(body)

    def _too_large(self) -> Problem:
        return Problem(413, "body_too_large", f"a body has at most {self._limit_bytes} bytes", headers=CLOSE)


def _replay(body: bytes, receive: Receive) -> Receive:
    """The body as one message, then whatever comes after it (the client's leaving)."""
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


def has_body(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    return any(name in {b"content-length", b"transfer-encoding"} for name, _ in headers)


def _declared_bytes(scope: Scope) -> int:
    """What Content-Length says; 0 for a chunked body, which only counting can tell."""
    lengths = [value for name, value in scope["headers"] if name == b"content-length"]
    return max((int(value) for value in lengths if value.isdigit()), default=0)

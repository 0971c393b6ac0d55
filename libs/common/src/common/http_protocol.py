"""HTTP/1.1 as uvicorn speaks it, with ends to the head of a request, and our form of what is refused here."""

from __future__ import annotations

import asyncio
import socket
import sys

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from common.body_limit import has_body
from common.errors import Problem
from common.problems import render

HEAD_LIMIT_BYTES = 64 * 1024
"""Of a request line with its headers. They are kept in memory until they are complete, whoever sends them."""

HEAD_S = 10.0
"""How long a head may take from its first byte. Before that, a connection is idle, and is kept as idle ones are."""

UNREAD_S = 30
"""How long a client may take nothing of what waits for it. Then it is gone or never reads, and what waits is freed."""


class UnreadableBodyError(Exception):
    """Ends the parsing of a request that has been refused."""


class BoundedHttp(HttpToolsProtocol):
    """A head is refused once it is over the limit and still incomplete, or when its time is over."""

    _head_bytes = 0
    _in_head = True
    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)
        if sys.platform == "linux":
            connection = transport.get_extra_info("socket")
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_S * 1000)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._stop_head_timer()

    def data_received(self, data: bytes) -> None:
        self._head_bytes += len(data)
        super().data_received(data)
        if self._in_head and self._head_bytes > HEAD_LIMIT_BYTES:
            self._refuse(Problem(431, "headers_too_large", f"a request's head has at most {HEAD_LIMIT_BYTES} bytes"))
        elif self._head_timer is None and self._owes_nothing() and not self.transport.is_closing():
            self._head_timer = self.loop.call_later(HEAD_S, self._give_up)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head = True

    def on_headers_complete(self) -> None:
        self._stop_head_timer()
        if self.parser.should_upgrade() and has_body(self.headers):
            # The parser takes such a body for the other protocol's: unread, it would be the next request.
            self._refuse(Problem(400, "malformed_request", "a request with a body can't ask for another protocol"))
            raise UnreadableBodyError
        super().on_headers_complete()
        self._in_head, self._head_bytes = False, 0

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._head_bytes = 0

    def send_400_response(self, msg: str) -> None:
        self._refuse(Problem(400, "malformed_request", "this is no HTTP/1.1 request"))

    def _unsupported_upgrade_warning(self) -> None:
        """Nobody needs to be told: a server may answer in the protocol it was asked in."""

    def _give_up(self) -> None:
        """What came without being a head (blank lines, or the rest of a body answered early) needs no answer."""
        if self._in_head:
            self._refuse(Problem(408, "request_timeout", f"a head has to arrive within {HEAD_S:g} seconds"))
        self.transport.close()

    def _refuse(self, problem: Problem) -> None:
        """Ends the connection; where answers to earlier requests are still due, after them and without a word."""
        if self._owes_others():
            self.cycle.keep_alive = False
            self.flow.pause_reading()
        elif not self.transport.is_closing():
            self.transport.write(_written(problem))
            self.transport.close()

    def _owes_nothing(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _owes_others(self) -> bool:
        """Or has begun to answer: what is written now would not be read as the answer to what is wrong."""
        return not self._owes_nothing() and bool(self._in_head or self.pipeline or self.cycle.response_started)

    def _stop_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None


def _written(problem: Problem) -> bytes:
    answer = render(problem)
    lines = [f"HTTP/1.1 {problem.status} ", *(f"{k}: {v}" for k, v in answer.headers.items()), "connection: close"]
    return "\r\n".join([*lines, "", ""]).encode() + bytes(answer.body)

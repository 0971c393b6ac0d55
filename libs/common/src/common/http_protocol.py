"""HTTP/1.1 as uvicorn speaks it, with an end to the head of a request, and our form of what is refused here."""

from __future__ import annotations

import asyncio
import socket
import sys

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from common.errors import Problem
from common.problems import render

HEAD_LIMIT_BYTES = 64 * 1024
"""Of a request line with its headers. They are kept in memory until they are complete, whoever sends them."""

UNREAD_S = 30
"""How long a client may take nothing of what waits for it. Then it is gone or never reads, and what waits is freed."""


class BoundedHttp(HttpToolsProtocol):
    """A head is refused once it is over the limit and still incomplete."""

    _head_bytes = 0
    _in_head = True

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if sys.platform == "linux":
            connection = transport.get_extra_info("socket")
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_S * 1000)

    def data_received(self, data: bytes) -> None:
        self._head_bytes += len(data)
        super().data_received(data)
        if self._in_head and self._head_bytes > HEAD_LIMIT_BYTES and not self.transport.is_closing():
            self._refuse(Problem(431, "headers_too_large", f"a request's head has at most {HEAD_LIMIT_BYTES} bytes"))

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head = True

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self._in_head, self._head_bytes = False, 0

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._head_bytes = 0

    def send_400_response(self, msg: str) -> None:
        self._refuse(Problem(400, "malformed_request", "this is no HTTP/1.1 request"))

    def _refuse(self, problem: Problem) -> None:
        answer = render(problem)
        lines = [f"HTTP/1.1 {problem.status} ", *(f"{k}: {v}" for k, v in answer.headers.items()), "connection: close"]
        self.transport.write("\r\n".join([*lines, "", ""]).encode() + bytes(answer.body))
        self.transport.close()

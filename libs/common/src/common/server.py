"""The HTTP server of a process, which tells those who would keep it from stopping."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence

import uvicorn


class Server(uvicorn.Server):
    """Calls `stopping` once it has been told to stop, before it waits for the end of what is under way."""

    def __init__(self, config: uvicorn.Config, stopping: Sequence[Callable[[], None]]) -> None:
        super().__init__(config)
        self._stopping = stopping

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for stop in self._stopping:
            stop()
        await super().shutdown(sockets)

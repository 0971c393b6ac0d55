"""A TCP connection that can be cut or go dead, as cables and firewalls do it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit, urlunsplit


class Wire:
    """Passes bytes to and from a server while `alive`; otherwise takes them and gives nothing."""

    def __init__(self, host: str, port: int) -> None:
        self._target = host, port
        self._writers: list[asyncio.StreamWriter] = []
        self._listener: asyncio.Server | None = None
        self.alive = True
        self.port = 0

    async def open(self) -> None:
        self._listener = await asyncio.start_server(self._carry, "127.0.0.1", self.port)
        self.port = self._listener.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """Nobody listens any more, and the connections that there were are closed."""
        if self._listener is not None:
            self._listener.close()
        for writer in self._writers:
            writer.close()
        self._writers.clear()
        await asyncio.sleep(0)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(*self._target)
        self._writers += [writer, far_writer]
        await asyncio.gather(self._pump(reader, far_writer), self._pump(far_reader, writer))

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65_536):
                if self.alive:
                    writer.write(data)
        writer.close()


@asynccontextmanager
async def wire(url: str) -> AsyncIterator[tuple[Wire, str]]:
    """A wire to the server of `url`, and the URL that leads through it."""
    parts = urlsplit(url)
    made = Wire(parts.hostname or "", parts.port or 0)
    await made.open()
    user = parts.netloc.rpartition("@")[0]
    try:
        yield made, urlunsplit(parts._replace(netloc=f"{user}@127.0.0.1:{made.port}"))
    finally:
        await made.cut()

"""A lean HTTP client: on cores shared with what is measured, a comfortable one would be most of the figure."""

from __future__ import annotations

import asyncio


class Connection:
    """One request at a time on a connection that stays."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.token = ""

    async def open(self) -> None:
        for _ in range(200):
            try:
                self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                return
        raise ConnectionError(f"nobody listens on port {self._port}")

    async def request(self, method: str, path: str, body: bytes = b"") -> bytes:
        """The answer's body. Raises when the answer is an error."""
        head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self.token}\r\n"
        if body:
            head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        self._writer.write(f"{head}\r\n".encode() + body)
        answer = await self._reader.readuntil(b"\r\n\r\n")
        lengths = [line for line in answer.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        data = await self._reader.readexactly(int(lengths[0].partition(b":")[2]))
        if not answer.startswith(b"HTTP/1.1 2"):
            raise RuntimeError(f"{method} {path}: {answer[:30]!r} {data[:300]!r}")
        return data

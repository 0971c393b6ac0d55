"""The HTTP client for vendors: answers are bounded in size, each step of a call in time, no redirect is followed."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2
from pydantic import SecretStr

from vendors.settings import VendorSettings

MAX_ANSWER_BYTES = 25_000_000
CONNECTIONS = 64
"""As many as one process has calls under way at the most."""


class UnacceptableAnswer(httpx2.TransportError):
    """Too large, or packed: what unpacks to more than was counted."""


class _Counted(httpx2.AsyncByteStream):
    """An answer's bytes, until there are too many of them."""

    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = MAX_ANSWER_BYTES
        async for chunk in self._stream:
            left -= len(chunk)
            if left < 0:
                raise UnacceptableAnswer(f"the answer is larger than {MAX_ANSWER_BYTES} bytes")
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


def client(settings: VendorSettings) -> httpx2.AsyncClient:
    """For one vendor. The time for a whole call is the caller's to limit."""
    timeouts = httpx2.Timeout(settings.first_byte_timeout_s, connect=settings.connect_timeout_s)

    async def before(request: httpx2.Request) -> None:
        # Here, and not as the client's own: an SDK that uses the client sets them anew for each request.
        request.extensions["timeout"] = timeouts.as_dict()
        request.headers["Accept-Encoding"] = "identity"

    return httpx2.AsyncClient(
        base_url=settings.base_url,
        limits=httpx2.Limits(max_connections=CONNECTIONS),
        follow_redirects=False,
        event_hooks={"request": [before], "response": [_bound]},
    )


def bearer(key: SecretStr) -> dict[str, str]:
    return {"Authorization": f"Bearer {key.get_secret_value()}"}


async def _bound(response: httpx2.Response) -> None:
    if response.headers.get("Content-Encoding", "identity") != "identity":
        await response.aclose()
        raise UnacceptableAnswer("the answer is packed, though that was not asked for")
    if not isinstance(response.stream, httpx2.AsyncByteStream):
        raise TypeError("an asynchronous client answers with asynchronous streams")
    response.stream = _Counted(response.stream)

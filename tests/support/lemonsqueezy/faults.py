"""What goes wrong with an API on purpose, and how many requests a minute it takes."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import dataclass, field

from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.support.lemonsqueezy.documents import problem

MINUTE_S = 60.0


@dataclass(frozen=True, slots=True)
class Fault:
    """One answer that is not what was asked for. `status` None: the right answer after all, `delay_s` late."""

    status: int | None = 500
    body: bytes | None = None
    media_type: str = "text/html"
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0


@dataclass
class Faults:
    """`next`: what the next requests get, one each. `paths`: what was asked for.

    `per_minute`: how many are taken in `window_s`. `retry_after`: the header of those that are not.
    """

    per_minute: int = 300
    retry_after: str | None = None
    window_s: float = MINUTE_S
    next: deque[Fault] = field(default_factory=deque)
    paths: list[str] = field(default_factory=list)
    _taken: deque[float] = field(default_factory=deque)

    def plan(self, *faults: Fault, times: int = 1) -> None:
        self.next.extend(faults * times)

    def take(self) -> int:
        """One request: how many more may come, or -1 when it was one too many."""
        now = time.monotonic()
        while self._taken and self._taken[0] <= now - self.window_s:
            self._taken.popleft()
        if len(self._taken) >= self.per_minute:
            return -1
        self._taken.append(now)
        return self.per_minute - len(self._taken)


class Faulty:
    """Middleware of the API: the planned fault, else 429 once the minute is used up, else the application."""

    def __init__(self, app: ASGIApp, faults: Faults) -> None:
        self._app = app
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/v1/"):
            await self._app(scope, receive, send)
            return
        self._faults.paths.append(scope["path"])
        fault = self._faults.next.popleft() if self._faults.next else Fault(None)
        await asyncio.sleep(fault.delay_s)
        if fault.status is not None:
            await _as_response(fault, fault.status)(scope, receive, send)
        else:
            await self._limited(scope, receive, send)

    async def _limited(self, scope: Scope, receive: Receive, send: Send) -> None:
        left = self._faults.take()

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["X-Ratelimit-Limit"] = str(self._faults.per_minute)
                headers["X-Ratelimit-Remaining"] = str(max(left, 0))
            await send(message)

        await (self._app if left >= 0 else self._too_many())(scope, receive, counted)

    def _too_many(self) -> Response:
        later = {"Retry-After": self._faults.retry_after} if self._faults.retry_after else {}
        return problem(429, "Too Many Requests", headers=later)


def _as_response(fault: Fault, status: int) -> Response:
    if fault.body is None:
        return problem(status, "It went wrong", headers=fault.headers)
    return Response(fault.body, status, fault.headers, fault.media_type)

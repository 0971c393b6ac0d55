"""How much one caller may ask for. Headers after draft-ietf-httpapi-ratelimit-headers.

By user, in Postgres: what changes something or carries much (POST, DELETE, downloads), over all gateways together.
By address, in memory: everything, before anybody's token is looked at; each gateway counts for itself.
Either is a bucket of a minute's tokens, which fills evenly.
By user, in memory: streams and long polls, as long as they are open; each gateway counts its own.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_network
from uuid import UUID

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from common.db import Database
from common.errors import Problem
from common.problems import render
from common.telemetry import QUIET
from gateway import queries
from gateway.addresses import TrustedProxies
from gateway.answer_headers import add_header
from gateway.auth import User
from gateway.buckets import MINUTE_S, Buckets

STREAM_RETRY_S = 5


def _too_many(wait_s: float) -> Problem:
    headers = {"Retry-After": str(max(1, math.ceil(wait_s)))}
    return Problem(429, "rate_limited", "too many requests; please wait", headers=headers)


@dataclass(frozen=True, slots=True)
class UserLimit:
    db: Database
    per_minute: int

    async def take(self, request: Request, user: User) -> None:
        """Counts this request. Raises the 429 when the bucket is empty."""
        per_s = self.per_minute / MINUTE_S
        left = await queries.take_request_token(self.db, user.id, self.per_minute, per_s)
        full_s = (self.per_minute - max(left, 0)) / per_s
        add_header(request.scope, "RateLimit-Policy", f'"user";q={self.per_minute};w={MINUTE_S}')
        add_header(request.scope, "RateLimit", f'"user";r={max(0, math.floor(left))};t={math.ceil(full_s)}')
        if left < 0:
            raise _too_many(-left / per_s)


class AddressLimit:
    """Pure ASGI. An IPv6 caller is its /64 network: one household has all of its addresses."""

    def __init__(self, app: ASGIApp, per_minute: int, proxies: TrustedProxies) -> None:
        self._app = app
        self._proxies = proxies
        self._per_minute = per_minute
        self._buckets = Buckets(per_minute)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] not in QUIET:
            wait_s = self._buckets.take(_network(self._proxies.client(scope)))
            if wait_s > 0:
                await self._refuse(scope, receive, send, wait_s)
                return
        await self._app(scope, receive, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, wait_s: float) -> None:
        add_header(scope, "RateLimit-Policy", f'"address";q={self._per_minute};w={MINUTE_S}')
        add_header(scope, "RateLimit", f'"address";r=0;t={math.ceil(wait_s)}')
        await render(_too_many(wait_s))(scope, receive, send)


class StreamLimit:
    def __init__(self, per_user: int) -> None:
        self._per_user = per_user
        self._open: Counter[UUID] = Counter()

    @contextmanager
    def place(self, user_id: UUID) -> Iterator[None]:
        """Held until the end, whatever ends it. Raises the 429 when the user has no other left."""
        if self._open[user_id] >= self._per_user:
            detail = f"at most {self._per_user} streams and long polls may be open at a time"
            raise Problem(429, "too_many_streams", detail, headers={"Retry-After": str(STREAM_RETRY_S)})
        self._open[user_id] += 1
        try:
            yield
        finally:
            self._open[user_id] -= 1
            if not self._open[user_id]:
                del self._open[user_id]


def _network(address: str) -> str:
    return str(ip_network(f"{address}/64", strict=False)) if ":" in address else address

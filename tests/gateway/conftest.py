"""The real gateway under ASGI, with its lifespan, on real servers; the issuer's keys come over real HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

import httpx2
import pytest
from pytest_httpserver import HTTPServer

from common.bus import Bus
from common.db import Database
from gateway.app import build
from gateway.settings import Settings
from tests.support import tokens
from tests.support.servers import TestDatabase

Pools = Callable[[str], Awaitable[Database]]

PUBLIC_URL = "https://api.example.test"
JWKS_PATH = "/.well-known/jwks.json"


class Gateway:
    """A running gateway, and requests to it as a user (None: without a token)."""

    def __init__(self, http: httpx2.AsyncClient) -> None:
        self.http = http

    async def get(self, path: str, user: str | None = "alice", **options: Any) -> httpx2.Response:
        return await self.http.get(path, headers=bearer(user) | options.pop("headers", {}), **options)

    async def post(self, path: str, user: str | None = "alice", **options: Any) -> httpx2.Response:
        return await self.http.post(path, headers=bearer(user) | options.pop("headers", {}), **options)

    async def delete(self, path: str, user: str | None = "alice") -> httpx2.Response:
        return await self.http.delete(path, headers=bearer(user))

    async def generate(self, user: str = "alice", *, key: str | None = None, **body: Any) -> httpx2.Response:
        wanted = {"prompt": "sourdough bread", "type": "THUMBNAIL"} | body
        return await self.post("/api/generations", user, json=wanted, headers={"Idempotency-Key": key} if key else {})

    async def balance(self, user: str = "alice") -> int:
        return (await self.get("/api/me", user)).json()["credits_remaining"]


class Start(Protocol):
    """Starts one more gateway, with some settings changed."""

    def __call__(self, **settings: Any) -> AbstractAsyncContextManager[Gateway]: ...


def bearer(user: str | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens.key().token(user)}"} if user else {}


def problem(answer: httpx2.Response, status: int, code: str) -> dict[str, Any]:
    """Checks that the answer is that problem, and gives its body."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert (body["status"], body["code"]) == (status, code), body
    assert {"type", "title", "detail"} <= body.keys()
    return body


@pytest.fixture
def issuer(httpserver: HTTPServer) -> HTTPServer:
    """An identity provider that serves the first key."""
    httpserver.expect_request(JWKS_PATH).respond_with_json(tokens.jwks(tokens.key()))
    return httpserver


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def settings(database: TestDatabase, nats_url: str, issuer: HTTPServer, store: Path) -> dict[str, Any]:
    return {
        "database_url": database.url("gateway"),
        "nats_url": nats_url,
        "http_port": 0,
        "public_url": PUBLIC_URL,
        "cors_origins": "https://app.example.test, https://other.example.test",
        "clerk_issuer": tokens.ISSUER,
        "clerk_jwks_url": issuer.url_for(JWKS_PATH),
        "clerk_authorized_parties": tokens.PARTY,
        "media_secret": "a secret of the tests, long enough",
        "store_url": store.as_uri(),
    }


@pytest.fixture
def start(settings: dict[str, Any]) -> Start:
    @asynccontextmanager
    async def started(**changed: Any) -> AsyncIterator[Gateway]:
        service = build(Settings(**(settings | changed)))
        transport = httpx2.ASGITransport(service.http, raise_app_exceptions=False)
        async with (
            service.http.router.lifespan_context(service.http),
            httpx2.AsyncClient(transport=transport, base_url=PUBLIC_URL) as http,
        ):
            await _until_connected(service.bus)
            yield Gateway(http)

    return started


async def _until_connected(bus: Bus) -> None:
    """Where NATS is up; a test that needs it down waits for nothing that matters to it."""
    for _ in range(100):
        if bus.connected:
            return
        await asyncio.sleep(0.005)


@pytest.fixture
async def gateway(start: Start) -> AsyncIterator[Gateway]:
    async with start() as running:
        yield running

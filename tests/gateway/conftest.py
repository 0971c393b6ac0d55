"""The real gateway under ASGI, with its lifespan, on real servers; the issuer's keys come over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

import httpx2
import pytest
from common.service import Service
from gateway.app import build
from gateway.settings import GatewaySettings
from pytest_httpserver import HTTPServer

from tests.support import tokens
from tests.support.servers import TestDatabase

PUBLIC_URL = "https://api.example.test"
JWKS_PATH = "/.well-known/jwks.json"


class Start(Protocol):
    """Starts one more gateway, with some settings changed."""

    def __call__(self, **settings: Any) -> AbstractAsyncContextManager[Gateway]: ...


class Gateway:
    """A running gateway, and requests to it as a user."""

    def __init__(self, service: Service, http: httpx2.AsyncClient) -> None:
        self.service = service
        self.http = http

    async def get(self, path: str, user: str | None = "alice", **options: Any) -> httpx2.Response:
        return await self.http.get(path, headers=bearer(user) | options.pop("headers", {}), **options)

    async def post(self, path: str, user: str | None = "alice", **options: Any) -> httpx2.Response:
        return await self.http.post(path, headers=bearer(user) | options.pop("headers", {}), **options)

    async def generate(self, user: str = "alice", *, key: str | None = None, **body: Any) -> httpx2.Response:
        wanted = {"prompt": "sourdough bread", "type": "THUMBNAIL"} | body
        return await self.post("/api/generations", user, json=wanted, headers={"Idempotency-Key": key} if key else {})


def bearer(user: str | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens.key().token(user)}"} if user else {}


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
        service = build(GatewaySettings(**(settings | changed)))
        transport = httpx2.ASGITransport(service.http, raise_app_exceptions=False)
        async with (
            service.http.router.lifespan_context(service.http),
            httpx2.AsyncClient(transport=transport, base_url=PUBLIC_URL) as http,
        ):
            yield Gateway(service, http)

    return started


@pytest.fixture
async def gateway(start: Start) -> AsyncIterator[Gateway]:
    async with start() as running:
        yield running


@pytest.fixture(scope="session", autouse=True)
def logging_left_alone() -> Iterator[None]:
    yield

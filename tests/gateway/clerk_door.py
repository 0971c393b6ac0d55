"""A gateway with Clerk's door open, and what has come of it."""

from __future__ import annotations

from typing import Any

import asyncpg
import httpx2

from common.events import UserDeleted
from tests.gateway.conftest import Gateway
from tests.support import clerk

PATH = "/webhooks/clerk"


async def send(gateway: Gateway, event: object) -> httpx2.Response:
    return await deliver(gateway, clerk.to_bytes(event))


async def deliver(gateway: Gateway, body: bytes, **signed: Any) -> httpx2.Response:
    return await gateway.http.post(PATH, content=body, headers=clerk.headers(body, **signed))


async def heard(gateway: Gateway, *events: object) -> None:
    """Sends them one after the other; each is taken."""
    for event in events:
        answer = await send(gateway, event)
        assert (answer.status_code, answer.content) == (204, b"")


async def email(owner: asyncpg.Connection, user: str = "alice") -> str | None:
    return await owner.fetchval("select email from users where clerk_id = $1", f"user_{user}")


async def users(owner: asyncpg.Connection) -> int:
    return await owner.fetchval("select count(*) from users")


async def announced(owner: asyncpg.Connection) -> int:
    """Deletions in the outbox, where NATS is away."""
    return await owner.fetchval("select count(*) from outbox where type = $1", UserDeleted.TYPE)

"""Services inside the test's own event loop: the real wiring, with the lifespan that uvicorn would run."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from common.service import Service


@asynccontextmanager
async def running_service(service: Service) -> AsyncIterator[Service]:
    """The service with its pool, bus, relay and loops; ready when both dependencies answer."""
    async with service.http.router.lifespan_context(service.http):
        await until(lambda: _ready(service), "the service to be ready")
        yield service


async def _ready(service: Service) -> bool:
    return service.bus.connected and await service.db.ping()


async def until(condition: Callable[[], Awaitable[object]], what: str, *, seconds: float = 15.0) -> None:
    """Waits for a state that has to come by itself; failing says for what."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not await condition():
        if asyncio.get_running_loop().time() > deadline:
            raise AssertionError(f"waited {seconds:.0f} s in vain for {what}")
        await asyncio.sleep(0.02)

"""A shop with its API on a port of its own, inside the test's event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import uvicorn

from tests.support.lemonsqueezy.api import KEY, application
from tests.support.lemonsqueezy.faults import Faults
from tests.support.lemonsqueezy.payloads import Event
from tests.support.lemonsqueezy.shop import Shop
from tests.support.lemonsqueezy.store import Store
from tests.support.processes import until
from vision3.servers.ports import HOST, free_port


@dataclass(frozen=True)
class OpenShop:
    """`url`: of its API, as in VISION3_LEMONSQUEEZY_API_URL; `key`: the one it takes. `told`: its events so far."""

    shop: Shop
    faults: Faults
    url: str
    told: list[Event]
    key: str = KEY


@asynccontextmanager
async def open_shop(shop: Shop | None = None) -> AsyncIterator[OpenShop]:
    """`shop`: one that has sold before; a new one unless given."""
    port, faults, told = free_port(), Faults(), list[Event]()
    url = f"http://{HOST}:{port}"
    shop = shop or Shop(Store(told.append, url=url))
    config = uvicorn.Config(application(shop, KEY, faults), port=port, ws="none", lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve())  # `serve` would take the signals of the whole test run

    async def started() -> bool:
        return server.started

    await until(started, "the shop to open")
    try:
        yield OpenShop(shop, faults, url, told)
    finally:
        server.should_exit = True
        await serving

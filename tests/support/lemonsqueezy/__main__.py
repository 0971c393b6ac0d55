"""The stand-in as a process, on the loopback: `python -m tests.support.lemonsqueezy PORT WEBHOOK_URL`.

What is sold, and the secrets, come from the environment, as billing is told of them. Nothing is kept over a restart.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import uvicorn
from pydantic import TypeAdapter
from starlette.applications import Starlette

from tests.support.lemonsqueezy.api import application
from tests.support.lemonsqueezy.delivery import Sender
from tests.support.lemonsqueezy.shop import Shop
from tests.support.lemonsqueezy.store import VARIANTS, Store, Variant
from vision3.servers.ports import HOST

CENTS_A_CREDIT = 10


def sold(packs: dict[str, int], plans: dict[str, dict[str, Any]]) -> dict[int, Variant]:
    """Variants for billing's packs and plans, by id."""
    variants = {}
    for variant_id, amount in packs.items():
        variants[int(variant_id)] = Variant(f"{amount} credits", _cents(variant_id, amount))
    for variant_id, plan in plans.items():
        name = f"{plan['tier'].capitalize()}, {plan['credits']} credits a month"
        variants[int(variant_id)] = Variant(name, _cents(variant_id, plan["credits"]), monthly=True)
    return variants


def _cents(variant_id: str, amount: int) -> int:
    known = VARIANTS.get(int(variant_id))
    return known.cents if known else amount * CENTS_A_CREDIT


def setting(name: str, default: str) -> str:
    return os.environ.get(f"VISION3_{name}", default)


def build(port: int, webhook_url: str) -> Starlette:
    """The shop with its API and pages; what happens there is delivered as soon as the server runs."""
    client = httpx2.AsyncClient(trust_env=False)
    sender = Sender(client, webhook_url, os.environ["VISION3_LEMONSQUEEZY_WEBHOOK_SECRET"])
    store = Store(
        sender.send_soon,
        store_id=int(os.environ["VISION3_LEMONSQUEEZY_STORE_ID"]),
        test_mode=TypeAdapter(bool).validate_python(setting("LEMONSQUEEZY_TEST_MODE", "false")),
        first_id=int(time.time()),
        url=f"http://{HOST}:{port}",
    )
    variants = sold(json.loads(setting("PACKS", "{}")), json.loads(setting("PLANS", "{}")))

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with client:
            yield

    app = application(Shop(store, variants), os.environ["VISION3_LEMONSQUEEZY_API_KEY"])
    app.router.lifespan_context = lifespan
    return app


def main() -> None:
    port, webhook_url = int(sys.argv[1]), sys.argv[2]
    uvicorn.run(build(port, webhook_url), host=HOST, port=port, ws="none", log_level="info")


if __name__ == "__main__":
    main()

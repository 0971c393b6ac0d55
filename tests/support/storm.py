"""A storm of webhooks on billing, which is killed again and again meanwhile and started anew by the supervisor."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from unittest.mock import patch

import httpx2

from tests.support.lemonsqueezy.delivery import Sender
from tests.support.lemonsqueezy.history import PACKS_JSON, PLANS_JSON
from tests.support.lemonsqueezy.payloads import SECRET, Event
from tests.support.lemonsqueezy.resources import STORE_ID
from tests.support.processes import until
from vision3 import keeper
from vision3.jobs import answers, has_all_dependencies, python
from vision3.keeper import Backoff, Job
from vision3.servers.ports import HOST, free_port
from vision3.supervisor import Supervisor

PAUSE_S = 0.1
"""Before a killed billing starts again. The supervisor's usual back-off would take minutes for thirty."""

TIME_SCALE = 0.02
EVERY_S = 0.005


@dataclass(frozen=True)
class KeptBilling:
    """One process at a time; `url` stays."""

    url: str
    client: httpx2.AsyncClient
    supervisor: Supervisor

    def kill(self) -> None:
        """As kill -9 does."""
        pid = self.supervisor.pids()["billing"]
        assert pid is not None
        os.kill(pid, signal.SIGKILL)

    async def back(self, before: int | None) -> None:
        """Until another process than that answers."""

        async def answered() -> bool:
            pid = self.supervisor.pids()["billing"]
            return pid not in {None, before} and await answers(self.client, f"{self.url}/livez")

        await until(answered, "billing to be back")


@asynccontextmanager
async def kept_billing(folder: Path, database_url: str, nats_url: str) -> AsyncIterator[KeptBilling]:
    port = free_port()
    url = f"http://{HOST}:{port}"
    program = python("billing.app", env=dict(_environment(database_url, nats_url, port)))
    supervisor = Supervisor(lambda _pids: None, lambda _line: None)
    with patch.object(keeper, "Backoff", partial(Backoff, first_s=PAUSE_S, longest_s=PAUSE_S)):
        async with httpx2.AsyncClient(trust_env=False, limits=httpx2.Limits(max_connections=200)) as client:
            ready = partial(has_all_dependencies, client, f"{url}/readyz")
            try:
                await supervisor.start(Job("billing", folder / "billing.log", lambda: program, ready))
                yield KeptBilling(url, client, supervisor)
            finally:
                await supervisor.stop()


def _environment(database_url: str, nats_url: str, port: int) -> Mapping[str, str]:
    return {
        "VISION3_DATABASE_URL": database_url,
        "VISION3_NATS_URL": nats_url,
        "VISION3_HTTP_PORT": str(port),
        "VISION3_LOG_LEVEL": "WARNING",
        "VISION3_LEMONSQUEEZY_WEBHOOK_SECRET": SECRET,
        "VISION3_LEMONSQUEEZY_STORE_ID": str(STORE_ID),
        "VISION3_PACKS": PACKS_JSON,
        "VISION3_PLANS": PLANS_JSON,
    }


async def storm(billing: KeptBilling, arriving: Sequence[Event], *, kills: int, seed: int) -> Sender:
    """Delivers all of it, with so many kills on the way. What the vendor would drop is sent again at the end."""
    chance = random.Random(seed)
    sender = Sender(billing.client, f"{billing.url}/webhooks/lemonsqueezy", time_scale=TIME_SCALE)
    parts = max(kills, 1)
    for part in range(parts):
        await _one_part(billing, sender, arriving[part::parts], chance if kills else None)
    await sender.all_sent()
    for lost in [delivery.event for delivery in sender.done if not delivery.taken]:
        assert (await sender.deliver(lost)).taken
    return sender


async def _one_part(
    billing: KeptBilling, sender: Sender, events: Sequence[Event], chance: random.Random | None
) -> None:
    """`chance`: where in it billing is killed, if at all."""
    before, place = billing.supervisor.pids()["billing"], chance.randrange(len(events)) if chance else None
    for number, event in enumerate(events):
        if number == place:
            billing.kill()
        sender.send_soon(event)
        await asyncio.sleep(EVERY_S)
    if place is not None:
        await billing.back(before)

"""Several workers at once: each piece of work is done once, and a worker that goes away leaves none undone."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from datetime import timedelta

import pytest

from common import bus, leases, streams
from imager import queries
from imager.providers.base import Background, Brief
from tests.flows.conftest import System
from tests.support.processes import until
from tests.support.providers import Scripted, picture
from tests.support.writers import ScriptedWriter


class Slow(Scripted):
    """Takes so long for each picture."""

    def __init__(self, seconds: float) -> None:
        super().__init__([picture()])
        self.seconds = seconds
        self.begun = 0

    async def paint(self, brief: Brief, *, timeout_s: float) -> Background:
        self.begun += 1
        await asyncio.sleep(self.seconds)
        return await super().paint(brief, timeout_s=timeout_s)

    async def has_begun(self, pictures: int) -> None:
        async def enough() -> bool:
            return self.begun >= pictures

        await until(enough, f"{pictures} pictures to be begun")


async def test_twenty_generations_are_shared_by_two_orchestrators_and_two_imagers(system: System):
    writer, provider = ScriptedWriter(), Scripted([picture()])
    for _ in range(2):
        await system.start_orchestrator(writer)
        await system.start_imager(provider)
    for number in range(10):
        user = await system.new_user(f"user_{number}")
        await asyncio.gather(system.request(user, count=3), system.request(user, kind="TITLE", count=1))
    await system.drain()
    states = await system.owner.fetch("select status, count(*) from generations group by 1")
    assert [tuple(row) for row in states] == [("COMPLETED", 20)]
    assert (len(writer.calls), len(provider.calls)) == (20, 30), "nothing is written or painted twice"


async def test_what_takes_longer_than_its_lease_is_still_done_once(system: System, monkeypatch: pytest.MonkeyPatch):
    """Heartbeats keep the message, renewals keep the row, while a second imager would take either."""
    monkeypatch.setattr(streams, "ACK_WAIT_S", 1.0)
    monkeypatch.setattr(leases, "RENEW_S", 0.2)
    for module in (leases, queries):
        monkeypatch.setattr(module, "LEASE", timedelta(seconds=0.8))
    provider = Slow(2.5)
    await system.start_orchestrator(ScriptedWriter())
    for _ in range(2):
        await system.start_imager(provider)
    await system.request(await system.new_user(), count=3)
    await system.drain()
    assert provider.begun == 3
    assert await system.owner.fetchval("select max(attempts) from concepts") == 1


async def test_the_work_of_an_imager_that_is_stopped_goes_to_another_at_once(
    system: System, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(bus, "WORK_GRACE_S", 0.1)
    hanging, other = Slow(60), Scripted([picture()])
    await system.start_orchestrator(ScriptedWriter())
    leaving = await system.start_imager(hanging)
    generation = await system.request(await system.new_user(), count=3)
    await hanging.has_begun(3)
    await system.stop(leaving)
    await system.start_imager(other)
    await system.drain(seconds=leases.LEASE.total_seconds() / 2)
    assert (await system.generation(generation))["status"] == "COMPLETED"
    assert len(other.calls) == 3


IMAGER = """
import asyncio, sys
from common.service import start
from imager import app
from imager.providers.chain import Link
from imager.providers.registry import PROVIDERS
from imager.settings import Settings

class Hanging:
    async def paint(self, brief, *, timeout_s):
        print("painting", flush=True)
        await asyncio.sleep(600)

PROVIDERS["hanging"] = lambda _db: Link("hanging", Hanging())
start(Settings, app.build)
"""


async def hanging_imager(system: System) -> Process:
    environment = system.environment("imager", store_url=system.objects.as_uri(), image_providers="hanging")
    return await asyncio.create_subprocess_exec(sys.executable, "-c", IMAGER, env=environment, stdout=PIPE)


async def paints(imager: Process) -> None:
    assert imager.stdout is not None
    async for line in imager.stdout:
        if line == b"painting\n":
            return
    raise AssertionError("the imager ended")


async def test_the_work_of_an_imager_that_is_killed_goes_to_another_when_its_lease_ends(system: System):
    await system.start_orchestrator(ScriptedWriter())
    killed = await hanging_imager(system)
    try:
        generation = await system.request(await system.new_user(), count=3)
        for _ in range(3):
            await asyncio.wait_for(paints(killed), timeout=20)
    finally:
        killed.kill()
        await killed.wait()
    await system.start_imager(Scripted([picture()]))
    await system.drain(seconds=leases.LEASE.total_seconds() + 5)
    assert (await system.generation(generation))["status"] == "COMPLETED"
    assert await system.owner.fetchval("select max(attempts) from concepts") == 2

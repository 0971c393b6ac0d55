"""Whatever the bus loses, the rows know: all work ends all the same, with the right credits."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from common.streams import WORK
from tests.flows.conftest import System
from tests.flows.test_workers import Slow
from tests.support.builders import propose, render
from tests.support.processes import until
from tests.support.providers import Scripted, picture
from tests.support.writers import ScriptedWriter


@pytest.fixture
async def user(system: System) -> UUID:
    return await system.new_user()


async def forget_events(system: System) -> None:
    """As a bus that lost its store, half a minute ago, with nobody there to notice."""
    await system.owner.execute("delete from outbox")
    await system.owner.execute("update generations set created_at = created_at - interval '31 s'")
    await system.owner.execute("update generations set asked_at = created_at")
    await system.owner.execute("update concepts set created_at = created_at - interval '31 s'")
    await system.owner.execute("update concepts set asked_at = created_at")


async def test_requests_and_concepts_that_the_bus_never_saw_are_found_at_the_start(system: System, user: UUID, pools):
    requested = await system.request(user, count=3)
    proposed = await system.request(user, count=3)
    await until(lambda: _sent(system, 2), "the relay to send both")
    await system.js.purge_stream(WORK)
    await propose(await pools("orchestrator"), proposed, count=3)
    await forget_events(system)
    await system.start_orchestrator(ScriptedWriter())
    await system.start_imager(Scripted([picture()]))
    await system.drain()
    assert [(await system.generation(g))["status"] for g in (requested, proposed)] == ["COMPLETED"] * 2


async def _sent(system: System, events: int) -> bool:
    return (await system.js.stream_info(WORK)).state.messages == events


async def test_a_generation_whose_last_word_was_lost_is_settled_at_the_start(system: System, user: UUID, pools):
    generation = await system.request(user, count=3)
    concepts = await propose(await pools("orchestrator"), generation, count=3)
    async with (await pools("imager")).tx() as tx:
        for concept in concepts:
            await render(tx, generation, concept)
    await forget_events(system)
    await system.start_orchestrator(ScriptedWriter())
    await until(lambda: _ended(system, generation), "the settlement", seconds=4)


async def _ended(system: System, generation: UUID) -> bool:
    return (await system.generation(generation))["status"] != "PENDING"


async def test_work_under_way_goes_on_when_the_bus_loses_everything(system: System, user: UUID):
    """The request was heard, the pictures are being painted or wait: the stream is gone, and comes back empty."""
    writer, provider = ScriptedWriter(), Slow(0.5)
    await system.start_orchestrator(writer)
    await system.start_imager(provider)
    await asyncio.gather(*(system.request(user, count=4) for _ in range(3)))
    await provider.has_begun(2)
    await system.js.delete_stream(WORK)
    await until(lambda: _there(system), "the stream to be declared again")
    await system.drain()
    assert await system.artifacts("IMAGE") == 12
    assert len(writer.calls) == 3


async def _there(system: System) -> bool:
    return any(info.config.name == WORK for info in await system.js.streams_info())


async def test_at_its_deadline_a_generation_ends_whatever_hangs(system: System, user: UUID):
    hanging = Slow(6.0)
    await system.start_orchestrator(ScriptedWriter())
    await system.start_imager(hanging)
    generation = await system.request(user, count=3)
    await hanging.has_begun(3)
    await system.owner.execute("update generations set deadline_at = now() + interval '0.5 s'")
    await until(lambda: _ended(system, generation), "the deadline", seconds=5.0)
    row = await system.generation(generation)
    assert (row["status"], row["failure_code"], await system.credits(user)) == ("FAILED", "deadline_exceeded", 20)
    await system.drain()
    assert await system.artifacts("IMAGE") == 0, "what comes too late is discarded"

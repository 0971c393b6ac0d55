"""Writing concepts: what a draft leaves behind, who may store it, what a writer's failure costs."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from common.db import Database
from common.errors import Exhausted, Malformed, Permanent, Refused, Transient
from common.events import GenerationRequested
from common.ids import uuid7
from common.leases import LeaseLost
from common.work import MAX_ATTEMPTS, VENDOR_MARGIN_S, LeaseHeld
from orchestrator.concepts.base import Draft
from orchestrator.handlers import Handlers
from tests.orchestrator.conftest import World
from tests.support.servers import TestDatabase
from tests.support.transactions import one_transaction_wrote
from tests.support.writers import ScriptedWriter, draft

DEADLINE = timedelta(seconds=170)


async def write(world: World, generation: UUID, writer: ScriptedWriter, deadline: timedelta = DEADLINE) -> None:
    handlers = Handlers(world.orchestrator, world.outbox, writer, deadline)
    await handlers.generation_requested(GenerationRequested(generation_id=generation))


async def stored(world: World) -> tuple[int, int]:
    """Concepts and titles."""
    counts = "select (select count(*) from concepts), (select count(*) from artifacts where type = 'TEXT')"
    return tuple(await world.owner.fetchrow(counts))


async def test_a_draft_leaves_its_concepts_its_titles_and_an_event_for_each_picture(world: World):
    generation = await world.request(count=3)
    writer = ScriptedWriter()
    await write(world, generation, writer)
    assert [(asked.prompt, asked.count) for asked in writer.calls] == [("a video about making sourdough bread", 3)]
    assert await stored(world) == (3, 5)
    assert await world.events() == ["concept.proposed.v1"] * 3
    row = await world.generation(generation)
    assert (row["status"], row["lease_token"], row["attempts"]) == ("PENDING", None, 1)


async def test_titles_alone_end_their_generation(world: World):
    generation = await world.request(kind="TITLE", count=1)
    await write(world, generation, ScriptedWriter())
    assert await stored(world) == (0, 5)
    assert (await world.generation(generation))["status"] == "COMPLETED"
    assert await world.events() == ["generation.completed.v1"]
    assert await world.credits() == 19


OURS = "outbox where source = 'vision3_orchestrator'"


async def test_concepts_titles_and_their_events_are_one_transaction(world: World):
    await write(world, await world.request(), ScriptedWriter())
    assert await one_transaction_wrote(world.owner, "concepts", "artifacts", "generations", OURS)


async def test_titles_and_the_end_of_their_generation_are_one_transaction(world: World):
    await write(world, await world.request(kind="TITLE", count=1), ScriptedWriter())
    assert await one_transaction_wrote(world.owner, "artifacts", "generations", OURS)


@pytest.mark.parametrize("kind", ["THUMBNAIL", "TITLE"])
async def test_the_same_event_again_writes_nothing_more(world: World, kind: str):
    generation = await world.request(kind=kind)
    writer = ScriptedWriter()
    for _ in range(3):
        await write(world, generation, writer)
    assert len(writer.calls) == 1
    assert (await stored(world))[1] == 5


async def test_a_generation_nobody_knows_is_malformed(world: World):
    with pytest.raises(Malformed):
        await write(world, uuid7(), ScriptedWriter())


async def hold(world: World, seconds: int) -> None:
    """Another orchestrator has it, for so long."""
    await world.owner.execute(
        "update generations set lease_token = $1, lease_until = now() + make_interval(secs => $2)", uuid7(), seconds
    )


async def test_a_generation_that_another_holds_is_left_until_its_lease_ends(world: World):
    generation = await world.request()
    writer = ScriptedWriter()
    await hold(world, 7)
    with pytest.raises(LeaseHeld) as held:
        await write(world, generation, writer)
    assert 6 < (held.value.retry_after_s or 0) < 7.5
    assert writer.calls == []


async def test_a_generation_whose_holder_died_is_taken_over(world: World):
    generation = await world.request()
    await hold(world, -1)
    await write(world, generation, ScriptedWriter())
    assert await stored(world) == (4, 5)


async def test_a_draft_under_a_lost_lease_is_thrown_away(world: World):
    generation = await world.request()
    with pytest.raises(LeaseLost):
        await write(world, generation, ScriptedWriter(meanwhile=lambda: hold(world, 7)))
    assert await stored(world) == (0, 0)
    assert await world.events() == []


async def test_a_draft_that_comes_after_the_end_is_thrown_away(world: World):
    generation = await world.request(kind="TITLE", count=1)

    async def overtaken() -> None:
        await world.owner.execute("update generations set status = 'FAILED' where id = $1", generation)

    with pytest.raises(LeaseLost):
        await write(world, generation, ScriptedWriter(meanwhile=overtaken))
    assert await stored(world) == (0, 0)
    assert await world.events() == []


@pytest.mark.parametrize("error", [Permanent("no_such_model", "…"), Refused("refused_by_safety", "…")])
async def test_a_final_no_ends_the_generation_and_gives_everything_back(world: World, error: Permanent):
    generation = await world.request()
    await write(world, generation, ScriptedWriter([error]))
    row = await world.generation(generation)
    assert (row["status"], row["failure_code"]) == ("FAILED", error.code)
    assert await world.credits() == 20
    assert await world.events() == ["credits.changed.v1", "generation.failed.v1"]


class ShortWriter(ScriptedWriter):
    """Writes fewer concepts than it was asked for."""

    async def write(self, prompt: str, count: int, *, timeout_s: float) -> Draft:
        return draft(count - 1)


async def test_a_draft_with_too_little_in_it_ends_the_generation_and_stores_nothing(world: World):
    generation = await world.request()
    handlers = Handlers(world.orchestrator, world.outbox, ShortWriter(), DEADLINE)
    await handlers.generation_requested(GenerationRequested(generation_id=generation))
    row = await world.generation(generation)
    assert (row["status"], row["failure_code"]) == ("FAILED", "draft_incomplete")
    assert await stored(world) == (0, 0)
    assert await world.credits() == 20


async def test_a_passing_failure_gives_the_lease_back_and_comes_again(world: World):
    generation = await world.request()
    writer = ScriptedWriter([Transient("vendor_busy", "…")])
    with pytest.raises(Transient):
        await write(world, generation, writer)
    row = await world.generation(generation)
    assert (row["status"], row["lease_token"], row["attempts"]) == ("PENDING", None, 1)
    await write(world, generation, writer)
    assert await stored(world) == (4, 5)


async def test_failures_that_pass_too_often_end_the_generation(world: World):
    generation = await world.request()
    writer = ScriptedWriter([ZeroDivisionError() for _ in range(MAX_ATTEMPTS)])
    for _ in range(MAX_ATTEMPTS - 1):
        with pytest.raises(ZeroDivisionError):
            await write(world, generation, writer)
    with pytest.raises(Exhausted):
        await write(world, generation, writer)
    row = await world.generation(generation)
    assert (row["status"], row["failure_code"]) == ("FAILED", "internal_error")
    assert await world.credits() == 20


async def test_the_writers_time_ends_before_the_deadline(world: World):
    generation = await world.request()
    writer = ScriptedWriter()
    await write(world, generation, writer, timedelta(seconds=60))
    assert 50 < writer.calls[0].timeout_s <= 60 - VENDOR_MARGIN_S
    row = await world.generation(generation)
    assert row["deadline_at"] - row["created_at"] == timedelta(seconds=60)


async def test_a_deadline_is_never_put_off(world: World):
    generation = await world.request()
    await write(world, generation, ScriptedWriter(), timedelta(hours=1))
    row = await world.generation(generation)
    assert row["deadline_at"] - row["created_at"] == timedelta(seconds=170)


async def test_no_writer_is_asked_when_the_deadline_is_too_near(world: World):
    generation = await world.request()
    writer = ScriptedWriter()
    await write(world, generation, writer, timedelta(seconds=4))
    assert writer.calls == []
    assert (await world.generation(generation))["failure_code"] == "deadline_exceeded"


async def test_no_connection_is_held_while_the_writer_works(world: World, database: TestDatabase):
    only_one = Database(database.url("orchestrator"), size=1)
    await only_one.open()

    async def needs_it_too() -> None:
        async with only_one.tx(budget_s=1.0) as tx:
            await tx.fetchval("select true")

    world.orchestrator = only_one
    await write(world, await world.request(), ScriptedWriter(meanwhile=needs_it_too))
    assert await stored(world) == (4, 5)
    await only_one.close()

"""Recovery: what is due and unheard of is asked for again; what is worked on is left alone."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from common.ids import uuid7
from common.leases import LeaseLost
from orchestrator import use_cases
from orchestrator.recovery import Recovery
from tests.orchestrator.conftest import World


@pytest.fixture
def recovery(world: World) -> Recovery:
    return Recovery(world.orchestrator, world.outbox)


async def age(world: World, table: str, row_id: UUID, *, created_s: int, asked_s: int) -> None:
    await world.owner.execute(
        f"""update {table} set created_at = now() - make_interval(secs => $2),
            asked_at = now() - make_interval(secs => $3) where id = $1""",
        row_id,
        created_s,
        asked_s,
    )


async def test_a_request_nobody_heard_of_is_asked_for_again_after_30_s(world: World, recovery: Recovery):
    generation = await world.request()
    await age(world, "generations", generation, created_s=29, asked_s=29)
    await recovery.reask()
    assert await world.events() == []
    await age(world, "generations", generation, created_s=31, asked_s=31)
    await recovery.reask()
    assert await world.events() == ["generation.requested.v1"]


@pytest.mark.parametrize(("created_s", "asked_s", "asks"), [(70, 35, True), (100, 40, False), (130, 65, True)])
async def test_the_wait_doubles_so_that_a_long_queue_is_not_made_longer(
    world: World, recovery: Recovery, created_s: int, asked_s: int, asks: bool
):
    generation = await world.request()
    await age(world, "generations", generation, created_s=created_s, asked_s=asked_s)
    await recovery.reask()
    assert await world.events() == (["generation.requested.v1"] if asks else [])


async def test_a_re_ask_is_a_new_event(world: World, recovery: Recovery):
    generation = await world.request()
    first = await world.owner.fetchval("select id from outbox")
    await age(world, "generations", generation, created_s=31, asked_s=31)
    await recovery.reask()
    assert await world.owner.fetchval("select count(*) from outbox where id <> $1", first) == 1


async def test_leased_work_is_left_to_its_holder(world: World, recovery: Recovery):
    generation = await world.request()
    async with world.orchestrator.tx() as tx:
        assert await use_cases.take(tx, generation, timedelta(seconds=170))
    await age(world, "generations", generation, created_s=60, asked_s=60)
    await recovery.reask()
    assert await world.events() == []


async def test_open_concepts_are_asked_for_again_and_settled_ones_are_not(world: World, recovery: Recovery):
    generation = await world.request()
    concepts = await world.propose(generation)
    await world.render(generation, concepts[0])
    for concept in concepts:
        await age(world, "concepts", concept, created_s=31, asked_s=31)
    await recovery.reask()
    assert await world.events() == ["concept.proposed.v1"] * 3


async def test_a_lost_bus_asks_for_everything_at_once(world: World, recovery: Recovery):
    await world.request()
    await world.propose(await world.request())
    await recovery.reask_everything()
    assert await world.events() == ["concept.proposed.v1"] * 4 + ["generation.requested.v1"]


async def test_a_generation_whose_last_event_was_lost_is_settled(world: World, recovery: Recovery):
    generation = await world.request()
    for concept in await world.propose(generation):
        await world.render(generation, concept)
    await recovery.settle()
    assert (await world.generation(generation))["status"] == "COMPLETED"


async def test_an_overdue_generation_is_settled(world: World, recovery: Recovery):
    generation = await world.request()
    await world.pass_deadline(generation)
    await recovery.settle()
    assert (await world.generation(generation))["status"] == "FAILED"
    assert await world.credits() == 20


async def test_a_generation_that_cannot_be_ended_holds_up_no_other(world: World, recovery: Recovery):
    broken, sound = await world.request(), await world.request()
    for generation in (broken, sound):
        await world.pass_deadline(generation)
    await world.owner.execute("delete from credit_entries where generation_id = $1", broken)
    await recovery.settle()
    assert (await world.generation(sound))["status"] == "FAILED"
    assert (await world.generation(broken))["status"] == "PENDING"


async def test_a_generation_that_somebody_holds_holds_up_no_other(world: World, recovery: Recovery):
    held, free = await world.request(), await world.request()
    for generation in (held, free):
        await world.pass_deadline(generation)
    async with world.owner.transaction():
        await world.owner.execute("select from generations where id = $1 for update", held)
        await recovery.settle()
    assert (await world.generation(free))["status"] == "FAILED"


async def test_nor_does_one_whose_concept_a_hanging_imager_holds(world: World, recovery: Recovery):
    held, free = await world.request(), await world.request()
    concept, *_ = await world.propose(held)
    for generation in (held, free):
        await world.pass_deadline(generation)
    async with world.owner.transaction():
        await world.owner.execute("select from concepts where id = $1 for update", concept)
        await recovery.settle()
    assert (await world.generation(free))["status"] == "FAILED"
    await recovery.settle()
    assert (await world.generation(held))["status"] == "FAILED"


async def test_work_taken_again_and_again_without_an_end_gives_up(world: World):
    generation = await world.request()
    await world.owner.execute("update generations set attempts = 5 where id = $1", generation)
    async with world.orchestrator.tx() as tx:
        task = await use_cases.take(tx, generation, timedelta(seconds=170))
    assert task is not None
    assert task.attempts == 6


async def test_results_under_a_lost_lease_are_discarded(world: World):
    generation = await world.request()
    async with world.orchestrator.tx() as tx:
        task = await use_cases.take(tx, generation, timedelta(seconds=170))
    await world.owner.execute("update generations set lease_token = $2 where id = $1", generation, uuid7())
    assert task is not None
    async with world.orchestrator.tx() as tx:
        await use_cases.give_up(tx, world.outbox, task, LeaseLost())
    assert (await world.generation(generation))["status"] == "PENDING"

"""Settlement: what ends a generation, and what goes back."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from common.errors import Malformed
from common.ids import uuid7
from orchestrator import queries, use_cases
from orchestrator.recovery import Recovery
from tests.orchestrator.conftest import World
from tests.support.builders import render
from tests.support.invariants import check_rows
from tests.support.transactions import one_transaction_wrote


async def refunds(world: World) -> list[tuple[int, str]]:
    rows = await world.owner.fetch("select amount, note from credit_entries where kind = 'refund'")
    return [tuple(row) for row in rows]


async def test_nothing_ends_while_a_concept_is_open(world: World):
    generation = await world.request()
    first, *_ = await world.propose(generation)
    await world.render(generation, first)
    assert not await world.settle(generation)
    assert (await world.generation(generation))["status"] == "PENDING"


async def test_a_generation_without_concepts_waits_for_its_writer(world: World):
    assert not await world.settle(await world.request())


async def test_all_pictures_made_completes_and_refunds_nothing(world: World):
    generation = await world.request()
    for concept in await world.propose(generation):
        await world.render(generation, concept)
    assert await world.settle(generation)
    assert (await world.generation(generation))["status"] == "COMPLETED"
    assert await world.credits() == 16
    assert await refunds(world) == []
    assert await world.events() == ["generation.completed.v1"]


async def test_pictures_that_did_not_come_are_refunded(world: World):
    generation = await world.request()
    first, second, third, fourth = await world.propose(generation)
    await world.render(generation, first)
    for concept in (second, third, fourth):
        await world.fail(concept)
    assert await world.settle(generation)
    assert (await world.generation(generation))["status"] == "COMPLETED"
    assert await refunds(world) == [(3, "partly_delivered")]
    assert await world.credits() == 19
    assert await world.events() == ["credits.changed.v1", "generation.completed.v1"]


async def test_no_picture_fails_refunds_all_and_keeps_the_titles(world: World):
    generation = await world.request()
    for concept in await world.propose(generation):
        await world.fail(concept)
    assert await world.settle(generation)
    row = await world.generation(generation)
    assert (row["status"], row["failure_code"]) == ("FAILED", "no_picture")
    assert await world.credits() == 20
    assert await world.owner.fetchval("select count(*) from artifacts where type = 'TEXT'") == 5


async def test_the_deadline_fails_what_is_open_and_keeps_what_is_there(world: World):
    generation = await world.request()
    first, *rest = await world.propose(generation)
    await world.render(generation, first)
    await world.pass_deadline(generation)
    assert await world.settle(generation)
    assert (await world.generation(generation))["status"] == "COMPLETED"
    assert await refunds(world) == [(3, "partly_delivered")]
    codes = await world.owner.fetch("select failure_code from concepts where id = any($1)", rest)
    assert {row["failure_code"] for row in codes} == {"deadline_exceeded"}


async def test_the_deadline_fails_a_generation_nobody_wrote_for(world: World):
    generation = await world.request()
    await world.pass_deadline(generation)
    assert await world.settle(generation)
    assert (await world.generation(generation))["failure_code"] == "deadline_exceeded"
    assert await refunds(world) == [(4, "deadline_exceeded")]


async def test_titles_are_paid_for_once_they_are_there(world: World):
    generation = await world.request(kind="TITLE", count=1)
    await world.propose(generation, count=0)
    assert await world.settle(generation)
    assert (await world.generation(generation))["status"] == "COMPLETED"
    assert await world.credits() == 19


async def test_twenty_settlements_at_once_refund_once(world: World):
    generation = await world.request()
    for concept in await world.propose(generation):
        await world.fail(concept)
    settled = await asyncio.gather(*(world.settle(generation) for _ in range(20)))
    assert settled.count(True) == 1
    assert await refunds(world) == [(4, "no_picture")]
    assert await world.credits() == 20


async def test_news_of_a_generation_nobody_knows_is_not_ours_to_handle(world: World):
    async with world.orchestrator.tx() as tx:
        with pytest.raises(Malformed, match="unknown_generation"):
            await use_cases.settle_after_concept(tx, world.outbox, uuid7())


async def test_news_that_comes_after_the_end_changes_nothing(world: World):
    generation = await world.request()
    await world.pass_deadline(generation)
    assert await world.settle(generation)
    async with world.orchestrator.tx() as tx:
        await use_cases.settle_after_concept(tx, world.outbox, generation)
    assert (await world.generation(generation))["status"] == "FAILED"


async def test_the_refund_the_balance_the_end_and_its_events_are_one_transaction(world: World):
    generation = await world.request()
    await world.pass_deadline(generation)
    assert await world.settle(generation)
    rows = ("users", "credit_entries where kind = 'refund'", "generations", "outbox where source like '%orchestrator'")
    assert await one_transaction_wrote(world.owner, *rows)


async def test_settled_stays_settled(world: World):
    generation = await world.request()
    await world.pass_deadline(generation)
    assert await world.settle(generation)
    assert not await world.settle(generation)
    assert await world.credits() == 20


async def test_a_picture_committed_while_the_deadline_strikes_is_counted(world: World):
    """The settlement waits for the imager's row lock; one statement that locks and counts would miss the picture."""
    generation = await world.request()
    first, *_ = await world.propose(generation)
    await world.pass_deadline(generation)
    async with world.imager.tx() as tx:
        await render(tx, generation, first)
        settling = asyncio.create_task(world.settle(generation))
        await asyncio.sleep(0.2)
        assert not settling.done()
    assert await settling
    assert (await world.generation(generation))["status"] == "COMPLETED"
    assert await refunds(world) == [(3, "partly_delivered")]


async def test_an_imager_can_store_its_picture_while_a_settlement_holds_the_generation(world: World):
    """With a plain FOR UPDATE the artifact's foreign key would wait for the settlement, and it for the artifact."""
    generation = await world.request()
    first, *_ = await world.propose(generation)
    async with world.orchestrator.tx() as tx:
        assert await queries.lock_pending(tx, generation)
        await asyncio.wait_for(world.render(generation, first), timeout=1)


async def delete(world: World, generation: UUID) -> None:
    """As its user, through the gateway's role."""
    async with world.gateway.tx_as(world.user_id) as tx:
        assert await tx.fetchval("select delete_generation($1)", generation)


async def test_a_deleted_one_is_cancelled_and_refunded_by_the_next_sweep(world: World):
    generation = await world.request()
    await world.propose(generation)
    await delete(world, generation)
    await Recovery(world.orchestrator, world.outbox).settle()
    row = await world.generation(generation)
    assert (row["status"], row["failure_code"]) == ("FAILED", "cancelled")
    assert await refunds(world) == [(4, "cancelled")]
    assert await world.credits() == 20
    assert await world.events() == ["credits.changed.v1", "generation.failed.v1"]


async def test_of_a_deleted_one_what_was_made_is_paid_for(world: World):
    generation = await world.request()
    first, *_ = await world.propose(generation)
    await world.render(generation, first)
    await delete(world, generation)
    assert await world.settle(generation)
    assert await refunds(world) == [(3, "partly_delivered")]
    assert await world.credits() == 19


async def test_a_deleted_one_is_not_begun(world: World):
    generation = await world.request()
    await delete(world, generation)
    async with world.orchestrator.tx() as tx:
        assert await use_cases.take(tx, generation, timedelta(seconds=170)) is None


async def test_whichever_comes_first_deleting_or_settling_the_credits_are_right(world: World):
    """Both want the row: one waits for the other, and nothing is refunded twice or not at all."""
    generations = [await world.request(kind="TITLE", count=1) for _ in range(10)]
    for generation in generations:
        await world.propose(generation, count=0)
    tasks = [task for g in generations for task in (delete(world, g), world.settle(g))]
    await asyncio.gather(*tasks)
    await Recovery(world.orchestrator, world.outbox).settle()
    assert await world.owner.fetchval("select count(*) from generations where status = 'PENDING'") == 0
    await check_rows(world.owner)

"""What the orchestrator's figures say."""

from __future__ import annotations

from contextlib import suppress

import pytest
from prometheus_client import REGISTRY

from orchestrator import metrics, use_cases
from tests.orchestrator.conftest import World

PARTLY, NONE = {"reason": "partly_delivered"}, {"reason": "no_picture"}


def value(name: str, labels: dict[str, str] | None = None) -> float:
    return REGISTRY.get_sample_value(name, labels or {}) or 0.0


def settled(code: str) -> float:
    return value("vision3_generations_settled_total", {"type": "THUMBNAIL", "code": code})


async def half_made(world: World, pictures: int):
    generation = await world.request()
    for number, concept in enumerate(await world.propose(generation)):
        await (world.render(generation, concept) if number < pictures else world.fail(concept))
    return generation


@pytest.mark.parametrize(
    ("pictures", "code", "reason", "credits_back"),
    [(4, "completed", PARTLY, 0), (1, "completed", PARTLY, 3), (0, "no_picture", NONE, 4)],
)
async def test_an_end_is_counted_with_what_went_back(
    world: World, pictures: int, code: str, reason: dict[str, str], credits_back: int
):
    ended, refunded = settled(code), value("vision3_credits_refunded_total", reason)
    generation = await half_made(world, pictures)
    assert await world.settle(generation)
    assert not await world.settle(generation)
    assert settled(code) - ended == 1
    assert value("vision3_credits_refunded_total", reason) - refunded == credits_back


async def test_an_end_that_is_rolled_back_did_not_happen(world: World):
    ended = settled("completed")
    generation = await half_made(world, 4)
    with suppress(ZeroDivisionError):
        async with world.orchestrator.tx() as tx:
            assert await use_cases.settle(tx, world.outbox, generation)
            raise ZeroDivisionError
    assert settled("completed") == ended


async def test_the_oldest_pending_has_its_age(world: World):
    await metrics.look(world.orchestrator)
    assert value("vision3_generations_pending") == value("vision3_generation_oldest_pending_seconds") == 0
    old, _ = await world.request(), await world.request()
    await world.owner.execute("update generations set created_at = now() - interval '99 s' where id = $1", old)
    await metrics.look(world.orchestrator)
    assert value("vision3_generations_pending") == 2
    assert value("vision3_generation_oldest_pending_seconds") == pytest.approx(99, abs=5)

"""A generation from the outbox to its settlement, over real servers: what succeeds, what fails, what comes back."""

from __future__ import annotations

import json

import pytest

from common import delivery
from common.errors import Permanent, Refused, Transient
from common.events import GenerationFailed
from common.streams import FACTS
from common.work import MAX_ATTEMPTS
from imager.providers.base import Background, Brief
from tests.flows.conftest import System
from tests.support.providers import Scripted, picture
from tests.support.writers import ScriptedWriter


class RefusesSome(Scripted):
    """Says no to the pictures at these positions."""

    def __init__(self, *positions: int) -> None:
        super().__init__([picture()])
        self.positions = positions

    async def paint(self, brief: Brief, *, timeout_s: float) -> Background:
        if brief.position in self.positions:
            raise Refused("refused_by_safety", "The vendor said no.")
        return await super().paint(brief, timeout_s=timeout_s)


@pytest.fixture
def soon_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "FIRST_DELAY_S", 0.05)


async def test_a_thumbnail_request_ends_with_its_pictures_and_five_titles(system: System):
    await system.start_orchestrator()
    await system.start_imager()
    user = await system.new_user()
    generation = await system.request(user)
    await system.drain()
    assert (await system.generation(generation))["status"] == "COMPLETED"
    assert (await system.artifacts("IMAGE"), await system.artifacts("TEXT")) == (4, 5)
    assert await system.credits(user) == 16


async def test_a_title_request_ends_with_five_titles_and_asks_no_imager(system: System):
    await system.start_orchestrator()
    user = await system.new_user()
    generation = await system.request(user, kind="TITLE", count=1)
    await system.drain()
    assert (await system.generation(generation))["status"] == "COMPLETED"
    assert (await system.artifacts("IMAGE"), await system.artifacts("TEXT")) == (0, 5)
    assert await system.credits(user) == 19


async def test_pictures_that_a_vendor_refuses_are_paid_back_and_the_others_delivered(system: System):
    await system.start_orchestrator(ScriptedWriter())
    await system.start_imager(RefusesSome(1, 3))
    user = await system.new_user()
    generation = await system.request(user)
    await system.drain()
    assert (await system.generation(generation))["status"] == "COMPLETED"
    failed = await system.owner.fetch("select position, failure_code from concepts where status = 'FAILED' order by 1")
    assert [tuple(row) for row in failed] == [(1, "refused_by_safety"), (3, "refused_by_safety")]
    assert (await system.artifacts("IMAGE"), await system.credits(user)) == (2, 18)


async def test_with_every_picture_refused_the_generation_fails_and_keeps_its_titles(system: System):
    await system.start_orchestrator(ScriptedWriter())
    await system.start_imager(RefusesSome(0, 1, 2))
    user = await system.new_user()
    generation = await system.request(user, count=3)
    await system.drain()
    row = await system.generation(generation)
    assert (row["status"], row["failure_code"]) == ("FAILED", "no_picture")
    assert (await system.artifacts("TEXT"), await system.credits(user)) == (5, 20)


async def test_a_writer_that_can_not_write_it_fails_the_generation_and_tells_everybody(system: System):
    await system.start_orchestrator(ScriptedWriter([Permanent("too_long", "Nothing can be written about this.")]))
    user = await system.new_user()
    generation = await system.request(user)
    await system.drain()
    row = await system.generation(generation)
    assert (row["status"], row["failure_code"]) == ("FAILED", "too_long")
    assert await system.credits(user) == 20
    fact = await system.js.get_last_msg(FACTS, GenerationFailed.TYPE)
    told = {"generation_id": str(generation), "user_id": str(user), "code": "too_long"}
    assert json.loads(fact.data or b"")["data"] == told


@pytest.mark.usefixtures("soon_again")
async def test_failures_that_pass_cost_nothing_but_time(system: System):
    trouble = [Transient("vendor_busy", "…"), ZeroDivisionError()]
    writer, provider = ScriptedWriter([*trouble]), Scripted([*trouble, *trouble, picture()])
    await system.start_orchestrator(writer)
    await system.start_imager(provider)
    user = await system.new_user()
    generation = await system.request(user)
    await system.drain()
    assert (await system.generation(generation))["status"] == "COMPLETED"
    assert (len(writer.calls), len(provider.calls)) == (3, 8)
    assert await system.credits(user) == 16


@pytest.mark.usefixtures("soon_again")
async def test_failures_that_do_not_pass_end_in_a_refund_and_a_dead_letter(system: System):
    writer = ScriptedWriter([Transient("vendor_away", "…") for _ in range(MAX_ATTEMPTS)])
    await system.start_orchestrator(writer)
    user = await system.new_user()
    generation = await system.request(user)
    await system.drain(dead_letters=1)
    row = await system.generation(generation)
    assert (row["status"], row["failure_code"]) == ("FAILED", "vendor_away")
    assert (len(writer.calls), await system.credits(user)) == (MAX_ATTEMPTS, 20)

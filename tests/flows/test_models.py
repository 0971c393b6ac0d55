"""Generations by the vendors' own wire formats: what is made, what waits, what goes elsewhere, what is paid back."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator

import asyncpg
import pytest
import structlog
from structlog.processors import KeyValueRenderer

from common import delivery
from imager.providers import chain
from orchestrator.concepts import model_writer
from tests.flows.conftest import System
from tests.support.providers import blank, picture
from tests.support.vendors import gemini, openai, texts
from tests.support.vendors.server import Reply, StandIn, serving
from vendors import answers, vendor

PICTURE = picture()
RESTING = gemini.exhausted("GenerateRequestsPerMinutePerProject", "1s")


@pytest.fixture
async def text() -> AsyncIterator[StandIn]:
    async with serving(gemini.gemini_text(texts.good)) as stand_in:
        yield stand_in
    assert stand_in.complaints == []


@pytest.fixture
async def images() -> AsyncIterator[StandIn]:
    async with serving(gemini.gemini_images(PICTURE)) as stand_in:
        yield stand_in
    assert stand_in.complaints == []


@pytest.fixture
async def others() -> AsyncIterator[StandIn]:
    async with serving(openai.openai_images(PICTURE)) as stand_in:
        yield stand_in
    assert stand_in.complaints == []


@pytest.fixture(autouse=True)
def configured(monkeypatch: pytest.MonkeyPatch, text: StandIn, images: StandIn, others: StandIn) -> None:
    for name, value in {
        "GEMINI_API_KEY": gemini.KEY,
        "OPENAI_API_KEY": openai.KEY,
        "VISION3_GEMINI_TEXT_BASE_URL": text.url,
        "VISION3_GEMINI_IMAGE_BASE_URL": images.url,
        "VISION3_GEMINI_IMAGE_TIMEOUT_S": "2",
        "VISION3_OPENAI_IMAGE_BASE_URL": others.url,
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(delivery, "FIRST_DELAY_S", 0.05)


async def started(system: System, *names: str) -> None:
    await system.start_orchestrator(name="gemini")
    await system.start_imager(names=names)


async def about(owner: asyncpg.Connection, kind: str) -> list[dict[str, object]]:
    rows = await owner.fetch("select metadata from artifacts where type = $1 order by id", kind)
    return [json.loads(row["metadata"]) for row in rows]


async def test_a_generation_is_made_by_models_and_says_by_whom_and_for_how_much(
    system: System, owner: asyncpg.Connection
):
    await started(system, "gemini")
    generation = await system.request(await system.new_user())
    await system.drain()
    assert (await system.generation(generation))["status"] == "COMPLETED"
    pictures, titles = await about(owner, "IMAGE"), await about(owner, "TEXT")
    assert [(p["provider"], p["model"], p["tries"], p["cost_microcents"]) for p in pictures] == [
        ("gemini", "gemini-of-the-tests", 1, 6_700_000)
    ] * 4
    assert {(t["writer"], t["model"], t["calls"]) for t in titles} == {("gemini", "gemini-3.5-flash", 1)}
    assert sum(int(str(t["cost_microcents"])) for t in titles) == 600_000
    assert all(int(str(artifact["provider_ms"])) > 0 for artifact in (*pictures, *titles))
    headlines = await owner.fetch("select headline from concepts order by position")
    assert [row["headline"] for row in headlines] == [headline for headline, *_ in texts.CONCEPTS[:4]]


async def test_a_vendor_that_is_down_is_passed_over_for_the_next(
    system: System, images: StandIn, others: StandIn, owner: asyncpg.Connection
):
    images.always = gemini.failure(500, "INTERNAL")
    await started(system, "gemini", "openai")
    user = await system.new_user()
    for _ in range(3):
        await system.request(user)
        await system.drain()
    assert {p["provider"] for p in await about(owner, "IMAGE")} == {"openai"}
    # Its breaker has opened: of twelve pictures, the last ones did not try it first.
    assert len(images.requests) < 12 == len(others.requests)


async def test_pictures_of_no_use_are_asked_for_elsewhere(system: System, images: StandIn, owner: asyncpg.Connection):
    images.always = gemini.answered([{"inlineData": {"mimeType": "image/png", "data": _base64(blank())}}])
    await started(system, "gemini", "openai")
    await system.request(await system.new_user())
    await system.drain()
    assert {p["provider"] for p in await about(owner, "IMAGE")} == {"openai"}


async def test_who_asks_to_be_left_alone_is_and_then_delivers_all(system: System, images: StandIn):
    images.next = [RESTING] * 2
    await started(system, "gemini")
    generation = await system.request(await system.new_user())
    await system.drain()
    assert (await system.generation(generation))["status"] == "COMPLETED"
    assert await system.artifacts("IMAGE") == 4
    assert len(images.requests) <= 8


@pytest.mark.parametrize("how", ["hang", "drip"])
async def test_what_hangs_or_drips_is_ended_and_made_again(
    system: System, images: StandIn, owner: asyncpg.Connection, how
):
    images.next = [Reply(b"{}" * 100, how=how)]
    await started(system, "gemini")
    await system.request(await system.new_user())
    await system.drain()
    assert await system.artifacts("IMAGE") == 4
    assert sorted(int(str(p["attempts"])) for p in await about(owner, "IMAGE")) == [1, 1, 1, 2]


async def test_a_refused_picture_is_paid_back_and_goes_to_nobody_else(
    system: System, images: StandIn, others: StandIn, owner: asyncpg.Connection
):
    images.next = [gemini.ended("IMAGE_SAFETY")]
    await started(system, "gemini", "openai")
    user = await system.new_user()
    await system.request(user)
    await system.drain()
    assert (await system.artifacts("IMAGE"), await system.credits(user)) == (3, 17)
    failed = await owner.fetchrow("select failure_code, failure_detail from concepts where status = 'FAILED'")
    assert failed["failure_code"] == "refused_by_safety"
    assert "another wording" in failed["failure_detail"]
    assert others.requests == []


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (gemini.blocked("PROHIBITED_CONTENT"), "refused_by_safety"),
        (gemini.exhausted("GenerateRequestsPerDayPerProject"), "provider_day_quota"),
        (gemini.failure(403, "PERMISSION_DENIED"), "provider_key_refused"),
    ],
)
async def test_a_writers_final_no_ends_it_at_once_with_everything_paid_back(
    system: System, text: StandIn, reply: Reply, code: str
):
    text.always = reply
    await started(system, "gemini")
    user = await system.new_user()
    generation = await system.request(user)
    await system.drain()
    row = await system.generation(generation)
    assert (row["status"], row["failure_code"]) == ("FAILED", code)
    assert await system.credits(user) == 20
    assert len(text.requests) == 1


async def test_a_vendor_that_nobody_can_use_fails_pictures_at_once_and_is_asked_by_one(
    system: System, images: StandIn, owner: asyncpg.Connection
):
    images.always = gemini.exhausted("GenerateRequestsPerDayPerProject", "3600s")
    await started(system, "gemini")
    user = await system.new_user()
    await system.request(user)
    await system.drain()
    await system.request(user)
    await system.drain()
    assert await system.credits(user) == 20
    assert len(images.requests) <= 4
    codes = await owner.fetch("select distinct failure_code from concepts")
    assert [row["failure_code"] for row in codes] == ["provider_day_quota"]


async def test_what_a_creator_typed_and_a_vendor_wrote_is_in_no_log(
    system: System, images: StandIn, text: StandIn, monkeypatch: pytest.MonkeyPatch
):
    captured = structlog.testing.CapturingLogger()
    for module in (answers, vendor, chain, model_writer):
        log = structlog.wrap_logger(captured, [KeyValueRenderer()], wrapper_class=structlog.BoundLogger)
        monkeypatch.setattr(module, "log", log)
    text.next = [gemini.failure(503, "UNAVAILABLE")]
    images.next = [gemini.failure(400, "INVALID_ARGUMENT")]
    await started(system, "gemini")
    await system.request(await system.new_user())
    await system.drain()
    logged = str(captured.calls)
    assert "provider.failed" in logged
    for secret in ("creator's own words", texts.CONCEPTS[0][1], gemini.KEY):
        assert secret not in logged


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()

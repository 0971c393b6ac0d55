"""`vision3 doctor`: each thing that can be wrong is named with what to set, and nothing else is."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import nats
import pytest

from common import streams
from common.migrate import migrations
from tests.cli.test_commands import vision3
from tests.common.bus_support import without_streams
from tests.support.providers import picture
from tests.support.servers import TestDatabase
from tests.support.vendors import gemini, openai, texts
from tests.support.vendors.server import Reply, StandIn, serving
from vendors.retirements import ENDS, NEAR, retirement


@pytest.fixture
async def streamed(nats_url: str) -> AsyncIterator[str]:
    """A NATS with this version's streams."""
    await without_streams(nats_url)
    client = await nats.connect(nats_url)
    await streams.declare(client.jetstream(), [])
    yield nats_url
    await client.close()
    await without_streams(nats_url)


@pytest.fixture
async def clerk() -> AsyncIterator[StandIn]:
    async with serving(StandIn(lambda _request: Reply.json({"keys": [{"kid": "1"}]}))) as stand_in:
        yield stand_in


@pytest.fixture
def well(database: TestDatabase, streamed: str, clerk: StandIn, tmp_path: Path) -> dict[str, str]:
    """An environment in which nothing is wrong."""
    return {
        "VISION3_DATABASE_URL": database.owner_url,
        "VISION3_NATS_URL": streamed,
        "VISION3_STORE_URL": (tmp_path / "objects").as_uri(),
        "VISION3_PUBLIC_URL": "https://gateway.example",
        "VISION3_CLERK_ISSUER": clerk.url,
        "VISION3_CLERK_AUTHORIZED_PARTIES": "https://app.example",
        "VISION3_MEDIA_SECRET": "x" * 32,
        "GEMINI_API_KEY": "",
        "OPENAI_API_KEY": "",
        "STABILITY_API_KEY": "",
    }


async def examined(environment: dict[str, str], **changed: str) -> tuple[int, dict[str, dict[str, Any]]]:
    """The exit code, and the findings by what they are about; the worst one where there are several."""
    run = asyncio.to_thread(vision3, "doctor", "--json", env=environment | changed)
    result = await run
    findings: dict[str, dict[str, Any]] = {}
    worst = ("ok", "off", "warning", "wrong")
    for finding in json.loads(result.stdout)["findings"]:
        known = findings.setdefault(finding["what"], finding)
        if worst.index(finding["level"]) > worst.index(known["level"]):
            findings[finding["what"]] = finding
    return result.returncode, findings


async def test_where_all_is_well_nothing_is_wrong(well: dict[str, str]):
    code, findings = await examined(well)
    assert code == 0, findings
    assert {finding["level"] for finding in findings.values()} <= {"ok", "off", "warning"}
    for what in ("database", "migrations", "roles", "NATS", "stream VISION3_WORK", "store", "concept writer local"):
        assert findings[what]["level"] == "ok"
    assert findings["LemonSqueezy's webhook"]["level"] == "off"


@pytest.mark.parametrize(
    ("changed", "what", "says"),
    [
        ({"VISION3_DATABASE_URL": "postgresql://x:y@127.0.0.1:1/z"}, "database", "see VISION3_DATABASE_URL"),
        ({"VISION3_NATS_URL": "nats://127.0.0.1:1"}, "NATS", "see VISION3_NATS_URL"),
        ({"VISION3_NATS_URL": ""}, "NATS", "set VISION3_NATS_URL"),
        ({"VISION3_STORE_URL": "ftp://x"}, "store", "VISION3_STORE_URL: "),
        ({"VISION3_STORE_URL": "s3://b"}, "store", "VISION3_STORE_"),
        (
            {
                "VISION3_STORE_URL": "s3://b",
                "VISION3_STORE_ENDPOINT": "http://127.0.0.1:1",
                "VISION3_STORE_ACCESS_KEY": "a",
                "VISION3_STORE_SECRET_KEY": "b",
            },
            "store",
            "VISION3_STORE_ENDPOINT",
        ),
        ({"VISION3_CONCEPT_WRITER": "gemini"}, "concept writer", "GEMINI_API_KEY: Field required"),
        ({"VISION3_CONCEPT_WRITER": "nobody"}, "concept writer", "VISION3_CONCEPT_WRITER: "),
        ({"VISION3_IMAGE_PROVIDERS": "openai"}, "image provider openai", "OPENAI_API_KEY: Field required"),
        ({"VISION3_IMAGE_PROVIDERS": "openai", "OPENAI_API_KEY": "“k”"}, "image provider openai", "OPENAI_API_KEY: "),
        ({"VISION3_IMAGE_PROVIDERS": "dall-e"}, "image providers", "VISION3_IMAGE_PROVIDERS: "),
        ({"VISION3_IMAGE_PROVIDERS": "sdwebui", "VISION3_SDWEBUI_BASE_URL": "http://127.0.0.1:1"},
         "image provider sdwebui", "see VISION3_SDWEBUI_BASE_URL"),
        ({"VISION3_CLERK_ISSUER": "http://127.0.0.1:1"}, "Clerk's keys", "see VISION3_CLERK_ISSUER"),
        ({"VISION3_CLERK_ISSUER": ""}, "gateway's settings", "VISION3_CLERK_ISSUER: "),
        ({"VISION3_CLERK_WEBHOOK_SECRET": "not-one"}, "gateway's settings", "VISION3_CLERK_WEBHOOK_SECRET: "),
        ({"VISION3_LEMONSQUEEZY_WEBHOOK_SECRET": "short"}, "LemonSqueezy", "VISION3_LEMONSQUEEZY_WEBHOOK_SECRET: "),
        ({"VISION3_LEMONSQUEEZY_API_KEY": "k"}, "LemonSqueezy", "VISION3_LEMONSQUEEZY_API_KEY: "),
        (
            {
                "VISION3_LEMONSQUEEZY_API_KEY": "k",
                "VISION3_LEMONSQUEEZY_STORE_ID": "1",
                "VISION3_LEMONSQUEEZY_API_URL": "http://127.0.0.1:1",
            },
            "LemonSqueezy's API",
            "VISION3_LEMONSQUEEZY_API_URL",
        ),
        ({"VISION3_PLANS": '{"1": {"tier": "gold"}}'}, "LemonSqueezy", "VISION3_PLANS"),
    ],
)  # fmt: skip
async def test_what_is_wrong_is_named_with_what_to_set(
    well: dict[str, str], changed: dict[str, str], what: str, says: str
):
    code, findings = await examined(well, **changed)
    assert code == 1
    assert [name for name, finding in findings.items() if finding["level"] == "wrong"] == [what]
    assert says in findings[what]["says"]


async def test_a_database_without_migrations_or_roles_says_what_to_run(
    well: dict[str, str], postgres_url: str, owner: asyncpg.Connection
):
    code, findings = await examined(well, VISION3_DATABASE_URL=postgres_url)
    assert (code, findings["migrations"]["level"]) == (1, "wrong")
    assert "vision3 migrate" in findings["migrations"]["says"]
    last = migrations()[-1].name
    newest = await owner.fetchrow("delete from vision3_migrations.applied where name = $1 returning *", last)
    try:
        code, findings = await examined(well)
        assert f"{last} and later are missing" in findings["migrations"]["says"]
    finally:
        await owner.execute("insert into vision3_migrations.applied values ($1, $2, $3)", *newest)


async def test_a_vendor_that_is_left_alone_is_named_with_why(well: dict[str, str], owner: asyncpg.Connection):
    await owner.execute(
        "insert into vendors (name, open_until, code) values ('image gemini', now() + interval '1 minute', 'x_code')"
    )
    code, findings = await examined(well)
    assert (code, findings["vendor, image gemini"]["level"]) == (0, "warning")
    assert "x_code" in findings["vendor, image gemini"]["says"]


async def test_a_stream_that_differs_is_named_with_in_what(well: dict[str, str], streamed: str):
    client = await nats.connect(streamed)
    js = client.jetstream()
    config = (await js.stream_info(streams.FACTS)).config
    config.max_age = 600.0
    await js.update_stream(config)
    code, findings = await examined(well)
    assert code == 1
    assert "max_age" in findings[f"stream {streams.FACTS}"]["says"]
    await js.delete_stream(streams.DEAD)
    code, findings = await examined(well)
    assert findings[f"stream {streams.DEAD}"]["level"] == "warning"
    await client.close()


async def test_keys_and_models_are_tried_at_their_vendors(well: dict[str, str]):
    async with serving(gemini.gemini_images(picture())) as images, serving(gemini.gemini_text(texts.good)) as text:
        vendors = {
            "GEMINI_API_KEY": gemini.KEY,
            "VISION3_GEMINI_IMAGE_BASE_URL": images.url,
            "VISION3_GEMINI_TEXT_BASE_URL": text.url,
        }
        code, findings = await examined(well, **vendors)
        assert code == 0
        assert findings["image provider gemini"]["level"] == findings["concept writer gemini"]["level"] == "ok"
        code, findings = await examined(well, **vendors | {"GEMINI_API_KEY": "wrong"})
        assert code == 1
        for what in ("image provider gemini", "concept writer gemini"):
            assert findings[what]["says"] == "the key is refused: see GEMINI_API_KEY"
        code, findings = await examined(well, **vendors, VISION3_GEMINI_IMAGE_MODEL="no-such-model")
        assert "see VISION3_GEMINI_IMAGE_MODEL (no-such-model)" in findings["image provider gemini"]["says"]


async def test_a_model_that_has_ended_is_named(well: dict[str, str]):
    async with serving(openai.openai_images(picture())) as images:
        code, findings = await examined(
            well,
            OPENAI_API_KEY=openai.KEY,
            VISION3_OPENAI_IMAGE_BASE_URL=images.url,
            VISION3_OPENAI_IMAGE_MODEL="gpt-image-1",
        )
    assert code == 0
    assert findings["image provider openai"] == {
        "level": "warning",
        "what": "image provider openai",
        "says": "gpt-image-1 ended on 2026-10-23: set VISION3_OPENAI_IMAGE_MODEL to a newer one",
    }


@pytest.mark.parametrize(
    ("model", "known"),
    [("gpt-image-1-mini", "gpt-image-1-mini"), ("gpt-image-1", "gpt-image-1"), ("dall-e-3", "dall-e-")],
)
def test_a_models_end_is_told_when_it_is_near_or_past(model: str, known: str):
    end = ENDS[known]
    assert retirement(model, end - NEAR - timedelta(days=1)) is None
    assert retirement(model, end - NEAR) == f"ends on {end}"
    assert retirement(model, end) == f"ended on {end}"


def test_of_other_models_no_end_is_known():
    assert retirement("gpt-image-2", date(2030, 1, 1)) is None


async def test_no_secret_is_shown(well: dict[str, str]):
    secrets = {
        "GEMINI_API_KEY": "a-secret-key",
        "VISION3_GEMINI_IMAGE_BASE_URL": "http://127.0.0.1:1",
        "VISION3_GEMINI_TEXT_BASE_URL": "http://127.0.0.1:1",
        "VISION3_LEMONSQUEEZY_WEBHOOK_SECRET": "a-secret-of-more-than-forty-letters-which-is-too-long",
        "VISION3_MEDIA_SECRET": "a-secret",
        "VISION3_CLERK_WEBHOOK_SECRET": "a-secret",
    }
    result = await asyncio.to_thread(vision3, "doctor", env=well | secrets)
    assert result.returncode == 1
    assert "a-secret" not in result.stdout + result.stderr


async def test_an_address_that_cannot_be_read_shows_no_password(well: dict[str, str]):
    """One with a slash ends the host's part, and is taken for a port."""
    unread = "postgresql://x:a-secret/y@127.0.0.1:1/z"
    result = await asyncio.to_thread(vision3, "doctor", env=well | {"VISION3_DATABASE_URL": unread, "COLUMNS": "200"})
    assert result.returncode == 1
    assert "its address can't be read: see VISION3_DATABASE_URL" in result.stdout
    assert "a-secret" not in result.stdout + result.stderr


async def test_people_get_a_table(well: dict[str, str]):
    result = await asyncio.to_thread(vision3, "doctor", env=well | {"COLUMNS": "200"})
    assert result.returncode == 0
    assert f"all {len(migrations())} are applied" in result.stdout
    assert "wrong" not in result.stdout

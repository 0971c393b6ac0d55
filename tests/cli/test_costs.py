"""`vision3 costs`: by day, provider and tier, edits for nothing, anonymized ones included."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from common.ids import derived, earliest, uuid7
from tests.cli.test_commands import vision3

PICTURE = {"provider": "gemini", "tries": 2, "cost_microcents": 6_700_000, "provider_ms": 8_000}
TITLE = {"writer": "gemini", "calls": 1, "cost_microcents": 120_000}


class Ledger:
    """Writes generations of a tier, so many days ago."""

    def __init__(self, owner: asyncpg.Connection) -> None:
        self.owner = owner

    async def made(self, *, days: float, tier: str | None, pictures: int = 1, edits: int = 0, titles: int = 0) -> None:
        at = datetime.now(UTC) - timedelta(days=days)
        generation = derived(earliest(at), str(uuid7()))
        await self.owner.execute(
            """insert into generations (id, type, status, requested_count, credits_charged, tier, created_at)
               values ($1, 'THUMBNAIL', 'COMPLETED', 4, 4, $2, $3)""",
            generation, tier, at,
        )  # fmt: skip
        for number in range(pictures):
            concept, picture = derived(generation, f"c{number}"), derived(generation, f"p{number}")
            await self.owner.execute(
                """insert into concepts (id, generation_id, position, mood, palette, layout)
                   values ($1, $2, $3, 'warm', '{}', 'left')""",
                concept, generation, number,
            )  # fmt: skip
            await self.artifact(picture, generation, at, "IMAGE", PICTURE, concept)
            for edit in range(edits):
                about = PICTURE | {"cost_microcents": 0}
                await self.artifact(derived(picture, str(edit)), generation, at, "IMAGE", about, concept, picture)
        for number in range(titles):
            await self.artifact(derived(generation, f"t{number}"), generation, at, "TEXT", TITLE)

    async def artifact(self, id_, generation, at, kind, metadata, concept=None, parent=None) -> None:
        await self.owner.execute(
            """insert into artifacts (id, generation_id, concept_id, parent_id, edit_digest, type, metadata, created_at)
               values ($1, $2, $3, $4, $5, $6, $7, $8)""",
            id_, generation, concept, parent, id_.bytes if parent else None, kind, json.dumps(metadata), at,
        )  # fmt: skip


@pytest.fixture
def ledger(owner: asyncpg.Connection) -> Ledger:
    return Ledger(owner)


def costs(elsewhere: dict[str, str], *arguments: str) -> list[tuple[object, ...]]:
    result = vision3("costs", "--json", *arguments, env=elsewhere)
    assert result.returncode == 0, result.stderr
    keys = ("kind", "provider", "tier", "artifacts", "tries", "microcents")
    return [tuple(cost[key] for key in keys) for cost in json.loads(result.stdout)["costs"]]


async def test_costs_are_summed_by_day_provider_and_tier(elsewhere: dict[str, str], ledger: Ledger):
    await ledger.made(days=0, tier="pro", pictures=2, edits=3, titles=5)
    await ledger.made(days=0, tier="pro", pictures=1)
    await ledger.made(days=0, tier="free")
    await ledger.made(days=3, tier=None)
    assert costs(elsewhere) == [
        ("pictures", "gemini", "free", 1, 2, 6_700_000),
        ("pictures", "gemini", "pro", 3, 6, 20_100_000),
        ("titles", "gemini", "pro", 5, 0, 600_000),
        ("pictures", "gemini", "unknown", 1, 2, 6_700_000),
    ]


async def test_only_so_many_days_are_looked_at(elsewhere: dict[str, str], ledger: Ledger):
    await ledger.made(days=0, tier="pro")
    await ledger.made(days=2, tier="pro")
    assert len(costs(elsewhere, "--days", "1")) == 1
    assert len(costs(elsewhere, "--days", "3")) == 2


async def test_people_get_a_table_with_its_sum_in_dollars(elsewhere: dict[str, str], ledger: Ledger):
    await ledger.made(days=0, tier="pro", pictures=2)
    result = vision3("costs", env=elsewhere)
    assert result.returncode == 0
    assert "gemini" in result.stdout
    assert result.stdout.count("0.1340") == 2


def test_nothing_made_is_said(elsewhere: dict[str, str], database):
    result = vision3("costs", env=elsewhere)
    assert (result.returncode, result.stdout) == (0, "")
    assert "nothing was made" in result.stderr


@pytest.mark.parametrize("days", ["0", "-1", "x"])
def test_days_out_of_range_are_wrong_usage(elsewhere: dict[str, str], days: str):
    assert vision3("costs", "--days", days, env=elsewhere).returncode == 2

"""Somebody has decided about every column: a new one makes this red until its fate is known."""

from __future__ import annotations

import asyncpg

from retention.policies import GENERATIONS

STAYS = {
    "generations": {
        "id",
        "tier",
        "type",
        "status",
        "requested_count",
        "credits_charged",
        "failure_code",
        "lease_token",
        "lease_until",
        "attempts",
        "asked_at",
        "created_at",
        "deadline_at",
        "completed_at",
        "deleted_at",
        "anonymized_at",
    },
    "concepts": {
        "id",
        "generation_id",
        "position",
        "mood",
        "palette",
        "layout",
        "status",
        "failure_code",
        "lease_token",
        "lease_until",
        "attempts",
        "asked_at",
        "created_at",
        "settled_at",
    },
    "artifacts": {
        "id",
        "generation_id",
        "concept_id",
        "parent_id",
        "edit_digest",
        "type",
        "metadata",
        "created_at",
    },
}


async def test_every_column_is_either_emptied_or_known_to_stay(owner: asyncpg.Connection):
    rows = await owner.fetch(
        "select table_name, column_name from information_schema.columns where table_schema = 'vision3'"
    )
    for table, stays in STAYS.items():
        columns = {row["column_name"] for row in rows if row["table_name"] == table}
        emptied = {c for f in GENERATIONS.forgets if f.table == table and f.how == "null" for c in f.columns}
        assert columns == stays | emptied

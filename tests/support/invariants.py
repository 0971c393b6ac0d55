"""What must hold whatever happened: run after every chaos run, on the rows and the stored objects."""

from __future__ import annotations

from pathlib import Path

import asyncpg

from vision3.audit import audit

# What was kept of a charge is what was delivered.
UNFAIR = """
select g.id, g.status, g.credits_charged,
  coalesce((select sum(amount) from credit_entries where reference = 'refund:' || g.id), 0) as refunded,
  case g.type
    when 'THUMBNAIL' then (select count(*) from artifacts a
                           where a.generation_id = g.id and a.type = 'IMAGE' and a.parent_id is null)
    else least(1, (select count(*) from artifacts a where a.generation_id = g.id and a.type = 'TEXT'))
  end as delivered
from generations g where g.status <> 'PENDING'
"""

DUPLICATES = """
select concept_id, count(*) from artifacts where type = 'IMAGE' and parent_id is null
group by concept_id having count(*) > 1
"""

TITLES = """
select generation_id, count(*) from artifacts where type = 'TEXT' group by generation_id having count(*) <> 5
"""


async def check_rows(owner: asyncpg.Connection) -> None:
    assert (await audit(owner)).differences == [], "a balance differs from its ledger, or the chain is broken"
    assert await owner.fetch(DUPLICATES) == [], "a concept has two originals"
    assert await owner.fetch(TITLES) == [], "a generation has more or fewer than five titles"
    for row in await owner.fetch(UNFAIR):
        assert row["credits_charged"] - row["refunded"] == row["delivered"], f"{row['id']} paid for what it did not get"


async def check_objects(owner: asyncpg.Connection, objects: Path) -> None:
    for row in await owner.fetch("select content from artifacts where type = 'IMAGE'"):
        assert (objects / row["content"]).stat().st_size > 10_000, f"{row['content']} is no picture"

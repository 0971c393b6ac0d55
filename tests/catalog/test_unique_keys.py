"""What may exist once: the natural keys that make a repeat an answer instead of a second effect."""

from __future__ import annotations

import asyncpg

# table -> keys, each as its columns, with the condition where there is one
EXPECTED = {
    "artifacts": {"id", "concept_id where (parent_id is null)", "parent_id, edit_digest"},
    "concepts": {"id", "generation_id, position"},
    "credit_entries": {"id", "reference"},
    "credit_policies": {"kind"},
    "erased_identities": {"clerk_id_digest"},
    "generations": {"id"},
    "idempotency_keys": {"user_id, key"},
    "leases": {"name"},
    "objects_to_delete": {"key"},
    "outbox": {"id"},
    "plan_history": {"reference, at, variant_id"},
    "purchases": {"reference"},
    "reconciliations": {"id"},
    "request_buckets": {"user_id"},
    "retention_runs": {"id"},
    "subscriptions": {"id"},
    "users": {"id", "clerk_id"},
    "vendors": {"name"},
    "webhook_events": {"id", "source, body_digest"},
}

UNIQUE = """
select t.relname, (
    select string_agg(a.attname, ', ' order by k.place)
    from unnest(i.indkey::int2[]) with ordinality k (number, place)
    join pg_attribute a on a.attrelid = t.oid and a.attnum = k.number
  ) || coalesce(' where ' || lower(pg_get_expr(i.indpred, t.oid)), '') as key
from pg_index i join pg_class t on t.oid = i.indrelid
where i.indisunique and i.indisvalid and t.relnamespace = 'vision3'::regnamespace
"""


async def test_each_table_has_the_keys_it_is_meant_to_have(owner: asyncpg.Connection):
    found: dict[str, set[str]] = {}
    for table, key in await owner.fetch(UNIQUE):
        found.setdefault(table, set()).add(key)
    assert found == EXPECTED

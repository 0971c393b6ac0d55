"""All SQL of retention."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from common.db import Tx
from retention.policies import Policy


@dataclass(frozen=True, slots=True)
class Amount:
    """How much a batch, or a whole run, takes."""

    rows: int = 0
    objects: int = 0


@dataclass(frozen=True, slots=True)
class NamedObject:
    """A picture's row, and the object that it names."""

    id: UUID
    key: str


# Of pictures and their backgrounds; an open or failed concept may have left a background and no picture.
OBJECTS = """
select a.generation_id, o.key
from artifacts a cross join lateral (values (a.content), (a.metadata ->> 'background_key')) as o (key)
where a.type = 'IMAGE' and o.key is not null
union
select c.generation_id, 'generations/' || c.generation_id || '/' || c.id || '.background'
from concepts c where c.status <> 'RENDERED'
"""


async def take_turn(tx: Tx) -> None:
    """Nobody else forgets anything until the transaction ends, which takes a fraction of a second.

    Statements that change many rows lock them in whatever order the planner chose: two could wait for each other.
    """
    await tx.execute("select pg_advisory_xact_lock('retention_runs'::regclass::oid::bigint)")


async def lock_due(tx: Tx, cutoff: datetime, limit: int) -> list[UUID]:
    """Settled generations from before the cutoff, held until the transaction ends.

    One that an edit holds (`for share`) is skipped: it stays due. An edit that comes now waits, and finds it
    anonymized. `no key`: a plain FOR UPDATE would also wait for everyone who only refers to the row.
    """
    rows = await tx.fetch(
        """select id from generations
           where created_at < $1 and status <> 'PENDING' and anonymized_at is null
           order by created_at limit $2 for no key update skip locked""",
        cutoff,
        limit,
    )
    return [row["id"] for row in rows]


async def lock_deleted(tx: Tx, limit: int) -> list[UUID]:
    """Settled generations that their users deleted, once their deadline is over: until then one may be worked on."""
    rows = await tx.fetch(
        """select id from generations
           where deleted_at is not null and status <> 'PENDING' and anonymized_at is null and deadline_at < now()
           order by deleted_at limit $1 for no key update skip locked""",
        limit,
    )
    return [row["id"] for row in rows]


async def due(tx: Tx, cutoff: datetime) -> Amount:
    """What a run would take now."""
    row = await tx.fetchrow(
        f"""with due as (
             select id from generations
             where created_at < $1 and status <> 'PENDING' and anonymized_at is null)
           select
             (select count(*) from due) as rows,
             (select count(*) from due join ({OBJECTS}) o on o.generation_id = due.id
              where not exists (select from objects_to_delete d where d.key = o.key)) as objects""",  # noqa: S608
        cutoff,
    )
    return Amount(**dict(row)) if row else Amount()


async def due_rows(tx: Tx, policy: Policy, cutoff: datetime) -> Amount:
    """The same of a policy of one table. Names come from policies.py, never from outside."""
    return Amount(await tx.fetchval(f"select count(*) from {policy.table} where {_is_due(policy)}", cutoff))  # noqa: S608


async def forget_rows(tx: Tx, policy: Policy, cutoff: datetime, limit: int) -> int:
    """Up to so many rows of a policy of one table."""
    [forget] = policy.forgets
    table, nulls = policy.table, ", ".join(f"{column} = null" for column in forget.columns)
    chosen = f"select {', '.join(policy.key)} from {table} where {_is_due(policy)} limit $2"  # noqa: S608
    does = f"delete from {table} t using" if forget.how == "delete" else f"update {table} t set {nulls} from"  # noqa: S608
    same = " and ".join(f"t.{column} = due.{column}" for column in policy.key)
    return await tx.execute(f"with due as materialized ({chosen}) {does} due where {same}", cutoff, limit)


def _is_due(policy: Policy) -> str:
    """Old enough, and not forgotten yet."""
    [forget] = policy.forgets
    left = " or ".join(f"{column} is not null" for column in forget.columns)
    return f"{policy.age} < $1" + (f" and ({left})" if left else "")


async def known_columns(tx: Tx) -> set[tuple[str, str]]:
    """Table and column, of all that there are."""
    rows = await tx.fetch(
        """select c.relname, a.attname from pg_attribute a join pg_class c on c.oid = a.attrelid
           where c.relnamespace = 'vision3'::regnamespace and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped"""
    )
    return {(row["relname"], row["attname"]) for row in rows}


async def condemn_objects(tx: Tx, generation_ids: Sequence[UUID]) -> int:
    """Notes the objects of these generations for deletion. Returns how many were not noted before."""
    return await tx.execute(
        f"""insert into objects_to_delete (key)
            select key from ({OBJECTS}) o where generation_id = any($1::uuid[])
            on conflict (key) do nothing""",  # noqa: S608  # put together from constants
        generation_ids,
    )


async def keep_metadata(tx: Tx, generation_ids: Sequence[UUID], names: Sequence[str]) -> None:
    """Only these names stay in the artifacts' metadata."""
    await tx.execute(
        """update artifacts set metadata =
             (select coalesce(jsonb_object_agg(key, value), '{}') from jsonb_each(metadata) where key = any($2::text[]))
           where generation_id = any($1::uuid[])""",
        generation_ids,
        names,
    )


async def forget_idempotency_keys(tx: Tx, generation_ids: Sequence[UUID]) -> None:
    """By user and generation, as the index goes: before the generations lose their users."""
    await tx.execute(
        """delete from idempotency_keys k using generations g
           where g.id = any($1::uuid[]) and k.user_id = g.user_id and k.generation_id = g.id""",
        generation_ids,
    )


async def empty(tx: Tx, table: str, columns: Sequence[str], generation_ids: Sequence[UUID]) -> None:
    """The columns become null. Names come from policies.py, never from outside."""
    nulls = ", ".join(f"{column} = null" for column in columns)
    key = "id" if table == "generations" else "generation_id"
    await tx.execute(f"update {table} set {nulls} where {key} = any($1::uuid[])", generation_ids)  # noqa: S608


async def unlink_entries(tx: Tx, generation_ids: Sequence[UUID]) -> None:
    """After they are marked: the ledger's entries say no more which generation they were for."""
    await tx.fetchval("select unlink_entries($1)", generation_ids)


async def to_erase(tx: Tx, limit: int) -> list[UUID]:
    """Whose erasure was asked for and is not done; also one for whom a request under way made something since."""
    rows = await tx.fetch(
        """select id from users u
           where erase_requested_at is not null
             and (erased_at is null
               or erased_at > now() - interval '1 day' and exists (select from generations g where g.user_id = u.id))
           order by erase_requested_at limit $1""",
        limit,
    )
    return [row["id"] for row in rows]


async def oldest_erasure_s(tx: Tx) -> float:
    return float(
        await tx.fetchval(
            """select coalesce(extract(epoch from now() - min(erase_requested_at)), 0)::float8 from users
               where erase_requested_at is not null and erased_at is null"""
        )
    )


async def delete_generations(tx: Tx, users: Sequence[UUID]) -> None:
    """As if their users had deleted them: pending ones are cancelled."""
    await tx.execute(
        "update generations set deleted_at = now() where user_id = any($1::uuid[]) and deleted_at is null", users
    )


async def erase_user(tx: Tx, user_id: UUID) -> bool:
    """Whether nothing personal is left; False, too, when that was so before."""
    return bool(await tx.fetchval("select erase_user($1)", user_id))


async def mark_anonymized(tx: Tx, generation_ids: Sequence[UUID]) -> None:
    await tx.execute("update generations set anonymized_at = now() where id = any($1::uuid[])", generation_ids)


async def start_run(tx: Tx, run_id: UUID, policy: str, cutoff: datetime, *, scheduled: bool) -> None:
    """A scheduled one that has not ended has died: only one process at a time is at the schedule."""
    if scheduled:
        await tx.execute(
            """update retention_runs set finished_at = now(), outcome = 'failed', error = 'its process ended'
               where policy = $1 and scheduled and outcome = 'running'""",
            policy,
        )
    await tx.execute(
        "insert into retention_runs (id, policy, cutoff, scheduled) values ($1, $2, $3, $4)",
        run_id,
        policy,
        cutoff,
        scheduled,
    )


async def is_due(tx: Tx, policy: str, since: datetime, retry: timedelta) -> bool:
    """Whether no run has come to its end since then; one that failed counts for a while."""
    return not await tx.fetchval(
        """select exists (select from retention_runs where policy = $1 and not dry_run and started_at >= $2
             and (outcome = 'done' or outcome = 'failed' and finished_at > now() - $3::interval))""",
        policy,
        since,
        retry,
    )


async def oldest_s(tx: Tx) -> float:
    """The age of the oldest settled generation that is not anonymized; 0 without any."""
    return float(
        await tx.fetchval(
            """select coalesce((select extract(epoch from now() - created_at) from generations
                 where anonymized_at is null and status <> 'PENDING' order by created_at limit 1), 0)::float8"""
        )
    )


async def add_to_run(tx: Tx, run_id: UUID, amount: Amount) -> None:
    await tx.execute(
        "update retention_runs set rows_changed = rows_changed + $2, objects = objects + $3 where id = $1",
        run_id,
        amount.rows,
        amount.objects,
    )


async def end_run(tx: Tx, run_id: UUID, outcome: str, error: str | None = None) -> None:
    await tx.execute(
        "update retention_runs set finished_at = now(), outcome = $2, error = $3 where id = $1",
        run_id,
        outcome,
        error,
    )


async def unnamed(tx: Tx, keys: Sequence[str]) -> list[str]:
    """Those of our keys that no row names, and that are not noted for deletion. What is not ours is left alone."""
    rows = await tx.fetch(
        """select key from (
             select key, split_part(key, '/', 2)::uuid as generation_id,
               substr(split_part(key, '/', 3), 1, 36)::uuid as id, substr(split_part(key, '/', 3), 37) as ending
             from unnest($1::text[]) k (key)
             where key ~ '^generations/[0-9a-f-]{36}/[0-9a-f-]{36}\\.(jpg|background)$') o
           where not exists (select from objects_to_delete d where d.key = o.key)
             and not exists (
               select from artifacts a where a.generation_id = o.generation_id
                 and o.key in (a.content, a.metadata ->> 'background_key'))
             and not exists (
               select from concepts c join generations g on g.id = c.generation_id
               where ending = '.background' and c.id = o.id and g.id = o.generation_id and g.anonymized_at is null)""",
        keys,
    )
    return [row["key"] for row in rows]


async def condemn(tx: Tx, keys: Sequence[str]) -> None:
    await tx.execute("insert into objects_to_delete (key) select unnest($1::text[]) on conflict (key) do nothing", keys)


async def named_objects(tx: Tx, above: UUID, limit: int) -> list[NamedObject]:
    """Pictures above that id, the oldest first."""
    rows = await tx.fetch(
        """select id, content as key from artifacts
           where id > $1 and type = 'IMAGE' and content is not null order by id limit $2""",
        above,
        limit,
    )
    return [NamedObject(**dict(row)) for row in rows]


async def still_named(tx: Tx, artifact_ids: Sequence[UUID]) -> list[str]:
    """The keys of those that were not forgotten while the store was asked."""
    rows = await tx.fetch(
        "select content from artifacts where id = any($1::uuid[]) and content is not null order by id", artifact_ids
    )
    return [row["content"] for row in rows]


async def condemned(tx: Tx, limit: int) -> list[str]:
    """Keys of objects to delete, those that failed least first."""
    rows = await tx.fetch("select key from objects_to_delete order by attempts, requested_at limit $1", limit)
    return [row["key"] for row in rows]


async def bury(tx: Tx, keys: Sequence[str]) -> None:
    """The objects are gone."""
    await tx.execute("delete from objects_to_delete where key = any($1::text[])", keys)


async def count_attempt(tx: Tx, keys: Sequence[str]) -> None:
    await tx.execute("update objects_to_delete set attempts = attempts + 1 where key = any($1::text[])", keys)

"""The functions that run as the owner: they work although the owner is bound by row security, and serve nobody else."""

from __future__ import annotations

import asyncpg
import pytest

from common.ids import uuid7
from tests.catalog.roles import connected_as
from tests.catalog.world import ALICE, ALICES_GENERATION
from tests.support.servers import TestDatabase

CALLS = {
    "acting_user": ("gateway", "select vision3.acting_user()"),
    "provision_user": ("gateway", "select vision3.provision_user(gen_random_uuid(), gen_random_uuid(), 'clerk-new')"),
    "charge": ("gateway", "select vision3.charge(gen_random_uuid(), gen_random_uuid(), 1)"),
    "refund": ("orchestrator", f"select vision3.refund(gen_random_uuid(), '{ALICES_GENERATION}', 1, 'partly')"),
    "grant_credits": (
        "billing",
        f"select vision3.grant_credits(gen_random_uuid(), '{ALICE}', 5, 'pack', 'order:1', null)",
    ),
    "take_back": ("billing", f"select (vision3.take_back(gen_random_uuid(), 'invoice:{ALICE}', 5, 10)).taken"),
    "hold_generation": ("imager", f"select vision3.hold_generation('{ALICES_GENERATION}')"),
    "delete_generation": ("gateway", f"select vision3.delete_generation('{ALICES_GENERATION}')"),
    "take_request_token": ("gateway", f"select vision3.take_request_token('{ALICE}', 10, 1)"),
    "update_identity": (
        "gateway",
        f"select vision3.update_identity(gen_random_uuid(), gen_random_uuid(), 'clerk-{ALICE}', null, now())",
    ),
    "request_erasure": ("gateway", f"select vision3.request_erasure(gen_random_uuid(), 'clerk-{ALICE}')"),
    "oldest_unsettled_s": ("gateway", "select vision3.oldest_unsettled_s()"),
}

# Temporary things need no grant; a domain's check runs as whoever uses the domain.
TRAP = """
create function pg_temp.spring() returns boolean language plpgsql as
  $$ begin raise exception 'ran as %', current_user using errcode = 'TRAP1'; end $$;
create domain pg_temp.uuid as pg_catalog.uuid check (pg_temp.spring());
create domain pg_temp.jsonb as pg_catalog.jsonb check (pg_temp.spring());
create domain pg_temp.text as pg_catalog.text check (pg_temp.spring());
create domain pg_temp.int4 as pg_catalog.int4 check (pg_temp.spring());
create domain pg_temp.timestamptz as pg_catalog.timestamptz check (pg_temp.spring());
create domain pg_temp.bytea as pg_catalog.bytea check (pg_temp.spring());
create temporary table users (id pg_catalog.uuid, clerk_id pg_catalog.text, credits_remaining pg_catalog.int4);
create temporary table erased_identities (clerk_id_digest pg_catalog.bytea);
create temporary table credit_entries (reference pg_catalog.text);
create temporary table purchases (reference pg_catalog.text);
create temporary table generations (id pg_catalog.uuid);
create temporary table request_buckets (user_id pg_catalog.uuid);
create domain pg_temp."numeric" as pg_catalog."numeric" check (pg_temp.spring());
create domain pg_temp.float8 as pg_catalog.float8 check (pg_temp.spring());
"""


@pytest.mark.parametrize("name", CALLS)
async def test_it_answers_the_role_it_is_for(world: TestDatabase, postgres_url: str, name: str):
    role, call = CALLS[name]
    async with connected_as(role, world, postgres_url, user=ALICE) as connection:
        assert await connection.fetchval(call) is not None


@pytest.mark.parametrize("name", CALLS)
async def test_a_callers_temporary_types_and_tables_are_not_what_it_works_with(
    world: TestDatabase, postgres_url: str, name: str
):
    role, call = CALLS[name]
    async with connected_as(role, world, postgres_url, user=ALICE) as connection:
        await connection.execute(TRAP)
        assert await connection.fetchval(f"select ({call}) is not null")


async def test_a_table_whose_owner_lost_its_policy_makes_a_charge_fail_instead_of_doing_nothing(
    world: TestDatabase, owner: asyncpg.Connection
):
    """Under forced row security an update that no policy allows touches 0 rows, silently."""
    transaction = owner.transaction()
    await transaction.start()
    await owner.execute("drop policy owner on users")
    await owner.execute(
        "select set_config('request.jwt.claims', json_build_object('sub', $1::text)::text, true)", str(ALICE)
    )
    with pytest.raises(asyncpg.PostgresError) as refused:
        await owner.fetchval("select charge($1, $2, 1)", uuid7(), uuid7())
    await transaction.rollback()
    assert refused.value.sqlstate == "V3404"

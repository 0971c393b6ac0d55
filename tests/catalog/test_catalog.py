"""The database's own account of its rights, held against expected.py; the other files try what these rights do."""

from __future__ import annotations

import re
from collections import defaultdict

import asyncpg
import pytest

from tests.catalog.expected import BROWSERS, FUNCTIONS, GRANTS, OWNER, POLICIES, RUN_AS_THE_CALLER, SERVICES, VIEWS
from tests.support.servers import TestDatabase

TABLE_GRANTS = """
select c.relname as table, coalesce(r.rolname, 'public') as role, lower(x.privilege_type) as privilege
from pg_class c, aclexplode(c.relacl) x left join pg_roles r on r.oid = x.grantee
where c.relnamespace = 'vision3'::regnamespace and c.relkind in ('r', 'v') and x.grantee <> c.relowner
union all
select c.relname, coalesce(r.rolname, 'public'),
  lower(x.privilege_type) || '(' || string_agg(a.attname, ', ' order by a.attname) || ')'
from pg_class c join pg_attribute a on a.attrelid = c.oid, aclexplode(a.attacl) x
  left join pg_roles r on r.oid = x.grantee
where c.relnamespace = 'vision3'::regnamespace and x.grantee <> c.relowner
group by c.relname, r.rolname, x.privilege_type
"""

FUNCTION_FACTS = """
select p.oid::regprocedure::text as name, p.prosrc, p.prosecdef, p.proconfig, p.proowner::regrole::text as owner,
  array(select coalesce(r.rolname, 'public') from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) x
        left join pg_roles r on r.oid = x.grantee where x.grantee <> p.proowner) as callers
from pg_proc p where p.pronamespace = 'vision3'::regnamespace
"""

APPEND_ENTRY = "append_entry(uuid,uuid,integer,text,text,uuid,text)"
UNLINK = "unlink_entries(uuid[])"

LIMITS = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")


def short(role: str) -> str:
    return role.removeprefix("vision3_") if role != OWNER else role


async def test_each_role_has_the_table_and_column_grants_it_is_meant_to_have(owner: asyncpg.Connection):
    names = await owner.fetch(
        "select relname from pg_class where relnamespace = 'vision3'::regnamespace and relkind in ('r', 'v')"
    )
    found: dict[str, dict[str, set[str]]] = {row["relname"]: {} for row in names}
    for row in await owner.fetch(TABLE_GRANTS):
        found[row["table"]].setdefault(short(row["role"]), set()).add(row["privilege"])
    assert found == GRANTS | VIEWS


async def test_every_table_enables_and_forces_row_security_and_belongs_to_the_owner(owner: asyncpg.Connection):
    rows = await owner.fetch(
        """select relname, relrowsecurity, relforcerowsecurity, relowner::regrole::text as owner
           from pg_class where relnamespace = 'vision3'::regnamespace and relkind = 'r'"""
    )
    assert {row["relname"]: tuple(row)[1:] for row in rows} == dict.fromkeys(GRANTS, (True, True, OWNER))


async def test_every_view_asks_with_the_rights_of_whoever_asks_it(owner: asyncpg.Connection):
    rows = await owner.fetch(
        """select relname, reloptions, relowner::regrole::text as owner
           from pg_class where relnamespace = 'vision3'::regnamespace and relkind = 'v'"""
    )
    assert {row["relname"]: tuple(row)[1:] for row in rows} == dict.fromkeys(VIEWS, (["security_invoker=true"], OWNER))


async def test_there_are_no_other_things_whose_rights_nobody_decided(owner: asyncpg.Connection):
    """Sequences and foreign tables have rights of their own; triggers and rules act with somebody's."""
    assert await owner.fetch(
        """select relname from pg_class
           where relnamespace = 'vision3'::regnamespace and relkind not in ('r', 'v', 'i', 't')"""
    ) == []  # fmt: skip
    assert await owner.fetch(
        """select tgname from pg_trigger t join pg_class c on c.oid = t.tgrelid
           where c.relnamespace = 'vision3'::regnamespace and not tgisinternal"""
    ) == []  # fmt: skip
    assert await owner.fetch(
        "select rulename from pg_rules where schemaname = 'vision3' and rulename <> '_RETURN'"
    ) == []  # fmt: skip


async def test_each_table_has_the_policies_it_is_meant_to_have(owner: asyncpg.Connection):
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for row in await owner.fetch("select * from pg_policies where schemaname = 'vision3'"):
        found[row["tablename"]][row["policyname"]] = said(row)
    owners = {"owner": f"all to {OWNER} using true check true"}
    assert found == {table: owners | policies for table, policies in POLICIES.items()}


def said(policy: asyncpg.Record) -> str:
    assert policy["permissive"] == "PERMISSIVE"
    text = f"{policy['cmd'].lower()} to {', '.join(sorted(map(short, policy['roles'])))}"
    for word, expression in (("using", policy["qual"]), ("check", policy["with_check"])):
        if expression is not None:
            text += f" {word} {' '.join(expression.split())}"
    return text


async def test_each_function_can_be_called_by_the_roles_it_is_meant_for_and_by_nobody_else(owner: asyncpg.Connection):
    rows = await owner.fetch(FUNCTION_FACTS)
    assert {row["name"]: set(map(short, row["callers"])) for row in rows} == FUNCTIONS


async def test_each_function_belongs_to_the_owner_and_looks_into_nobodys_schema_first(owner: asyncpg.Connection):
    for row in await owner.fetch(FUNCTION_FACTS):
        assert row["owner"] == OWNER, row["name"]
        assert row["proconfig"] == ["search_path=pg_catalog, pg_temp"], row["name"]
        assert row["prosecdef"] == (row["name"] not in RUN_AS_THE_CALLER), row["name"]


async def test_one_function_alone_writes_the_ledger_and_balances_and_none_changes_an_amount(
    owner: asyncpg.Connection,
):
    sources = {row["name"]: row["prosrc"] for row in await owner.fetch(FUNCTION_FACTS)}
    assert writers(sources, r"insert\s+into\s+(vision3\.)?credit_entries") == {APPEND_ENTRY}
    assert writers(sources, r"set\s+[^;]*credits_remaining\s*=") == {APPEND_ENTRY}
    assert writers(sources, r"(update|delete\s+from|truncate)\s+(vision3\.)?credit_entries") == {UNLINK}
    changed = re.findall(r"update vision3\.credit_entries set (.*?)\s+where", sources[UNLINK])
    assert changed == ["generation_id = null, reference = kind || ':' || gen_random_uuid()"]


def writers(sources: dict[str, str], pattern: str) -> set[str]:
    return {name for name, source in sources.items() if re.search(pattern, source, re.IGNORECASE)}


async def test_a_new_function_is_for_nobody_until_it_is_granted(owner: asyncpg.Connection):
    transaction = owner.transaction()
    await transaction.start()
    await owner.execute(f"set local role {OWNER}")
    await owner.execute("create function vision3.newcomer() returns int language sql as 'select 1'")
    rows = {row["name"]: row["callers"] for row in await owner.fetch(FUNCTION_FACTS)}
    await transaction.rollback()
    assert rows["newcomer()"] == []


async def test_nobody_may_make_anything_in_the_schema_and_only_the_named_may_use_it(owner: asyncpg.Connection):
    rows = await owner.fetch(
        """select coalesce(r.rolname, 'public') as role, x.privilege_type
           from pg_namespace n, aclexplode(n.nspacl) x left join pg_roles r on r.oid = x.grantee
           where n.nspname = 'vision3' and x.grantee <> n.nspowner"""
    )
    assert {(short(row["role"]), row["privilege_type"]) for row in rows} == {
        (role, "USAGE") for role in (*SERVICES, "authenticated")
    }


@pytest.mark.parametrize("role", [OWNER, *BROWSERS, *(f"vision3_{service}" for service in SERVICES)])
async def test_no_role_has_a_way_round_the_rules(owner: asyncpg.Connection, role: str):
    facts = await owner.fetchrow("select * from pg_roles where rolname = $1", role)
    assert facts is not None
    powers = ("rolsuper", "rolbypassrls", "rolcreaterole", "rolcreatedb", "rolreplication")
    assert [power for power in powers if facts[power]] == []
    assert facts["rolcanlogin"] == (short(role) in SERVICES)
    memberships = "select roleid::regrole::text from pg_auth_members where member = $1::text::regrole"
    assert await owner.fetch(memberships, role) == []


async def test_the_migrating_role_is_no_superuser_so_that_these_tests_prove_something(owner: asyncpg.Connection):
    row = await owner.fetchrow("select rolsuper, rolbypassrls from pg_roles where rolname = current_user")
    assert row is not None
    assert tuple(row) == (False, False)


async def test_each_service_has_its_time_limits_with_its_role(database: TestDatabase):
    for service in SERVICES:
        connection = await asyncpg.connect(database.url(service))
        limits = [await connection.fetchval(f"show {name}") for name in LIMITS]
        await connection.close()
        assert "0" not in limits, service

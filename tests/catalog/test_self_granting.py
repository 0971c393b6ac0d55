"""No role can give itself, or anybody, a right it was not given: whatever it tries, the catalog says the same after.

Some of these attempts are refused, others end in a mere warning: so what counts is what they leave.
"""

from __future__ import annotations

import asyncpg
import pytest

from tests.catalog.expected import BROWSERS, FUNCTIONS, GRANTS, SERVICES
from tests.catalog.roles import connected_as
from tests.support.servers import TestDatabase

RIGHTS = """
select 'relation' as kind, oid::regclass::text as name, relacl::text as rights, relowner::text as owner,
  row(relrowsecurity, relforcerowsecurity)::text as mode
from pg_class where relnamespace = 'vision3'::regnamespace
union all select 'column', attrelid::regclass || '.' || attname, attacl::text, null, null
from pg_attribute a join pg_class c on c.oid = a.attrelid where c.relnamespace = 'vision3'::regnamespace
union all select 'function', oid::regprocedure::text, proacl::text, proowner::text, md5(prosrc) || prosecdef
from pg_proc where pronamespace = 'vision3'::regnamespace
union all select 'policy', polrelid::regclass || '.' || polname, polroles::text, null,
  md5(concat(polqual::text, polwithcheck::text))
from pg_policy
union all select 'schema', nspname, nspacl::text, nspowner::text, null from pg_namespace where nspname = 'vision3'
union all select 'default', defaclnamespace::text, defaclacl::text, defaclrole::text, defaclobjtype::text
from pg_default_acl
union all select 'role', rolname, null, null,
  concat(rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolbypassrls)
from pg_roles
union all select 'membership', member::regrole::text, roleid::regrole::text, grantor::text, admin_option::text
from pg_auth_members
order by 1, 2, 3, 4, 5
"""

ATTEMPTS = [
    *(f"grant all on vision3.{table} to {{role}}" for table in GRANTS),
    "grant update (credits_remaining) on vision3.users to {role}",
    "grant insert, update, delete, truncate on vision3.credit_entries to public",
    *(f"grant execute on function vision3.{function} to {{role}}" for function in FUNCTIONS),
    *(f"alter function vision3.{function} security invoker" for function in FUNCTIONS),
    "grant execute on all functions in schema vision3 to public",
    "grant all on all tables in schema vision3 to {role}",
    "grant create on schema vision3 to {role}",
    "alter default privileges for role vision3_owner grant execute on functions to {role}",
    "grant vision3_owner to {role}",
    "grant pg_write_all_data to {role}",
    *(f"grant vision3_{service} to {{role}}" for service in SERVICES),
    *(f"alter role {{role}} {power}" for power in ("superuser", "bypassrls", "createrole", "createdb", "replication")),
    "alter table vision3.credit_entries owner to {role}",
    "alter table vision3.credit_entries no force row level security",
    "alter policy owner on vision3.credit_entries to {role}",
    "create policy mine on vision3.credit_entries to {role} using (true) with check (true)",
    "drop policy own on vision3.credit_entries",
    "alter table vision3.users drop constraint users_credits_remaining_check",
    "drop function vision3.append_entry",
]


@pytest.mark.parametrize("role", [*SERVICES, *BROWSERS])
async def test_no_attempt_to_get_a_right_leaves_one(
    database: TestDatabase, postgres_url: str, owner: asyncpg.Connection, role: str
):
    before = await owner.fetch(RIGHTS)
    name = role if role in BROWSERS else f"vision3_{role}"
    async with connected_as(role, database, postgres_url) as connection:
        for attempt in ATTEMPTS:
            undo = connection.transaction()
            await undo.start()
            if await accepted(connection, attempt.format(role=name)):
                assert await connection.fetch(RIGHTS) == before, attempt
            await undo.rollback()


async def accepted(connection: asyncpg.Connection, statement: str) -> bool:
    """False when the server refuses it."""
    try:
        async with connection.transaction():
            await connection.execute(statement)
    except asyncpg.InsufficientPrivilegeError:
        return False
    return True

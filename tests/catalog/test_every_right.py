"""Every role tries every verb on every table and column, and every function: only what expected.py grants may work."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest

from tests.catalog.expected import BROWSERS, FUNCTIONS, GRANTS, SERVICES
from tests.catalog.roles import connected_as, refusal
from tests.support.servers import TestDatabase

ROLES = (*SERVICES, *BROWSERS)
WITH_COLUMNS = {"select", "insert", "update"}

# None of these touches a row; the right is asked for before the rows are.
ATTEMPTS = {
    "select": "select {column} from vision3.{table} where false",
    "insert": "insert into vision3.{table} ({column}) select null where false",
    "update": "update vision3.{table} set {column} = null where false",
    "delete": "delete from vision3.{table} where false",
    "truncate": "truncate vision3.{table}",
}

COLUMNS = """
select c.relname as table, array_agg(a.attname::text) as columns
from pg_class c join pg_attribute a on a.attrelid = c.oid
where c.relnamespace = 'vision3'::regnamespace and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped
group by c.relname
"""

pytestmark = pytest.mark.parametrize("role", ROLES)


@pytest.fixture
async def connection(role: str, database: TestDatabase, postgres_url: str) -> AsyncIterator[asyncpg.Connection]:
    async with connected_as(role, database, postgres_url) as connection:
        yield connection


@pytest.mark.parametrize("table", sorted(GRANTS))
async def test_a_role_can_do_to_a_table_what_it_is_granted_and_nothing_else(
    connection: asyncpg.Connection, owner: asyncpg.Connection, role: str, table: str
):
    columns = {row["table"]: row["columns"] for row in await owner.fetch(COLUMNS)}[table]
    possible = [
        (verb, column)
        for verb, attempt in ATTEMPTS.items()
        for column in (columns if verb in WITH_COLUMNS else [""])
        if await refusal(connection, attempt.format(table=table, column=column)) is None
    ]
    assert possible == list(meant(GRANTS[table].get(role, set()), columns))


def meant(grants: set[str], columns: list[str]) -> Iterator[tuple[str, str]]:
    """The verbs, and the columns that each may name."""
    for verb in ATTEMPTS:
        for column in columns if verb in WITH_COLUMNS else [""]:
            listed = [re.findall(r"\w+", grant)[1:] for grant in grants if grant.startswith(f"{verb}(")]
            if verb in grants or any(column in names for names in listed):
                yield verb, column


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
async def test_a_role_can_call_the_functions_it_is_granted_and_no_other(
    connection: asyncpg.Connection, role: str, function: str
):
    name, _, types = function.rstrip(")").partition("(")
    nothing = ", ".join(f"null::{type_}" for type_ in types.split(",") if type_)
    refused = await refusal(connection, f"select vision3.{name}({nothing})")
    assert (refused is None) == (role in FUNCTIONS[function]), refused

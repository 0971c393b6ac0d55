"""Transactions seen from outside: which of them wrote a row, and which are open just now."""

from __future__ import annotations

import asyncpg

from common.db import Database

OPEN = """
select count(*) from pg_stat_activity
where datname = current_database() and usename = current_user and pid <> pg_backend_pid() and state like '%transaction%'
"""


async def one_transaction_wrote(owner: asyncpg.Connection, *rows: str) -> bool:
    """`rows`: what follows `from`, as in "outbox where source = 'vision3_imager'". Each has to be there."""
    found = [await owner.fetch(f"select xmin::text from {source}") for source in rows]
    assert all(found), "rows are missing"
    return len({row["xmin"] for source in found for row in source}) == 1


async def open_transactions(same_role: Database) -> int:
    """Of other sessions of this role: the owner, or any other, is not shown what they do."""
    async with same_role.tx() as tx:
        return await tx.fetchval(OPEN)

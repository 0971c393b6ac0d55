"""Which transactions wrote the rows of a test: what has to stand or fall together was written by one."""

from __future__ import annotations

import asyncpg


async def one_transaction_wrote(owner: asyncpg.Connection, *rows: str) -> bool:
    """`rows`: what follows `from`, as in "outbox where source = 'vision3_imager'". Each has to be there."""
    found = [await owner.fetch(f"select xmin::text from {source}") for source in rows]
    assert all(found), "rows are missing"
    return len({row["xmin"] for source in found for row in source}) == 1

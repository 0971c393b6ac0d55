"""Policies name tables and columns: one that is not there would fail on the day that it matters."""

from __future__ import annotations

from collections.abc import Iterable

from common.db import Database
from common.errors import Vision3Error
from retention import queries
from retention.policies import Policy


class UnknownColumns(Vision3Error):
    """The sentence names policy and column."""


async def check(db: Database, policies: Iterable[Policy]) -> None:
    """Raises UnknownColumns, or Unavailable while Postgres can't be asked."""
    async with db.tx() as tx:
        known = await queries.known_columns(tx)
    unknown = [f"{policy.name}: {table}.{column}" for policy in policies for table, column in _named(policy) - known]
    if unknown:
        raise UnknownColumns(f"policies name what is not in the database: {', '.join(sorted(unknown))}")


def _named(policy: Policy) -> set[tuple[str, str]]:
    columns = {(forget.table, column) for forget in policy.forgets for column in forget.columns}
    return columns | {(policy.table, column) for column in (policy.age, *policy.key)}

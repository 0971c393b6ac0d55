"""The whole ledger re-added: whose balance, or whose chain of balances, is not what the entries say."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import asyncpg

# An entry is a step from one balance to the next. Neither ids nor times are the order in which parallel entries of a
# user were written, so the chain is checked without an order: from 0 to the sum, each balance between is left as often
# as it is reached. Of hashes of the balances that makes a sum in which all but the two ends cancel out.
DIFFERENCES = """
with ledgers as (
  select user_id, count(*) as entries, sum(amount) as ledger, min(balance_after) as lowest, sum(
    (hashint8extended(balance_after, 0) >> 1) - (hashint8extended(balance_after::bigint - amount, 0) >> 1)) as steps
  from vision3.credit_entries group by user_id),
audited as (
  select coalesce(u.id, l.user_id) as user_id, u.credits_remaining as balance, coalesce(l.ledger, 0) as ledger,
    coalesce(l.entries, 0) as entries, u.id is null as no_user, u.credits_remaining <> coalesce(l.ledger, 0) as differs,
    least(u.credits_remaining, l.lowest) < 0 as negative,
    l.steps <> (hashint8extended(l.ledger, 0) >> 1) - (hashint8extended(0, 0) >> 1) as broken
  from vision3.users u full join ledgers l on l.user_id = u.id)
select * from audited where no_user or differs or negative or broken order by user_id
"""
COUNTS = "select (select count(*) from vision3.users), (select count(*) from vision3.credit_entries)"

FAULTS = {
    "no_user": "entries of no user",
    "differs": "the balance is not the sum",
    "negative": "a balance below 0",
    "broken": "the chain of balances is broken",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """balance: None where there is no such user. ledger: the sum of the entries."""

    user_id: UUID
    balance: int | None
    ledger: int
    entries: int
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Audit:
    users: int
    entries: int
    differences: list[Difference]


async def audit(connection: asyncpg.Connection) -> Audit:
    """As somebody who sees every row. All of it at one moment: entries that are written meanwhile do no harm."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        differing = [_difference(row) for row in await connection.fetch(DIFFERENCES)]
        users, entries = await connection.fetchrow(COUNTS)
    return Audit(users, entries, differing)


def _difference(row: asyncpg.Record) -> Difference:
    faults = tuple(words for name, words in FAULTS.items() if row[name])
    return Difference(row["user_id"], row["balance"], int(row["ledger"]), row["entries"], faults)

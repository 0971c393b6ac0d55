"""Users' credits as whoever runs the system sees and adjusts them: as the owner, by the ledger's own function."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from common.events import CreditsChanged
from common.ids import uuid7
from common.outbox import Outbox
from vision3.errors import CommandError
from vision3.tokens import clerk_id

FIND = """
select id, clerk_id, subscription_tier as tier, credits_remaining as balance,
  (select count(*) from vision3.credit_entries e where e.user_id = u.id) as entries
from vision3.users u where id = $1 or clerk_id in ($2, $3) or lower(email) = lower($2)
"""
NEWEST = """
select id, created_at, kind, amount, balance_after, generation_id, reference, note
from vision3.credit_entries where user_id = $1 order by id desc limit $2
"""
ADJUST = "select vision3.append_entry($1, $2, $3, 'adjustment', 'adjustment:' || $1::uuid, null, $4)"

# Billing's relay sends it: a command line has none, and billing may say this.
TELL = """
insert into vision3.outbox (id, source, type, payload, traceparent) values ($1, 'vision3_billing', $2, $3, $4)
"""
INSUFFICIENT = "V3402"


@dataclass(frozen=True, slots=True)
class Account:
    """clerk_id: None once erased. entries: how many there are."""

    id: UUID
    clerk_id: str | None
    tier: str
    balance: int
    entries: int


@dataclass(frozen=True, slots=True)
class Entry:
    id: UUID
    created_at: datetime
    kind: str
    amount: int
    balance_after: int
    generation_id: UUID | None
    reference: str
    note: str | None


async def find(connection: asyncpg.Connection, user: str) -> Account:
    """By our id, a Clerk id, an address, or a local user's name. Raises CommandError unless that is one user."""
    found = await connection.fetch(FIND, _as_id(user), user, clerk_id(user))
    if not found:
        raise CommandError(f"there is no user {user}: give our id, a Clerk id, an e-mail address or a local name")
    if len(found) > 1:
        ids = ", ".join(str(row["id"]) for row in found)
        raise CommandError(f"{user} is {len(found)} users: name one by id ({ids})")
    return Account(**dict(found[0]))


async def newest(connection: asyncpg.Connection, user_id: UUID, limit: int) -> list[Entry]:
    return [Entry(**dict(row)) for row in await connection.fetch(NEWEST, user_id, limit)]


async def adjust(connection: asyncpg.Connection, account: Account, amount: int, note: str) -> int:
    """The new balance. The entry, the balance and the event that tells of it are one transaction."""
    event = Outbox("vision3/cli").row(CreditsChanged(user_id=account.id))
    try:
        async with connection.transaction():
            balance: int = await connection.fetchval(ADJUST, uuid7(), account.id, amount, note)
            await connection.execute(TELL, *event)
    except asyncpg.NumericValueOutOfRangeError:
        raise CommandError("that is more than a balance can hold") from None
    except asyncpg.PostgresError as error:
        if error.sqlstate != INSUFFICIENT:
            raise
        raise CommandError(f"the balance would go below 0: nothing was taken ({-amount} were to be)") from None
    return balance


def _as_id(text: str) -> UUID | None:
    with suppress(ValueError):
        return UUID(text)
    return None

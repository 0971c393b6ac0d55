"""provision_user: one user for a Clerk id, with the signup credits once, and none for who was erased."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from common.ids import uuid7
from tests.catalog.ledger import ERASED, REFUSED, Ledger, code
from tests.support.servers import TestDatabase

ERASE = "insert into erased_identities (clerk_id_digest) values (sha256(convert_to($1, 'UTF8')))"
PROVISION = "select provision_user($1, $2, $3)"


async def test_thirty_first_requests_at_once_make_one_user_and_one_gift(ledger: Ledger):
    ids = await asyncio.gather(*(ledger.provision("alice") for _ in range(30)))
    assert len(set(ids)) == 1
    entries = [(entry["kind"], entry["amount"], entry["balance_after"]) for entry in await ledger.entries(ids[0])]
    assert entries == [("signup", 20, 20)]
    assert await ledger.balance(ids[0]) == 20


async def test_two_people_are_two_users(ledger: Ledger):
    assert await ledger.provision("alice") != await ledger.provision("bob")


async def test_a_known_user_gets_no_second_gift(ledger: Ledger):
    user = await ledger.provision("alice")
    await ledger.charge(user, 5)
    assert await ledger.provision("alice") == user
    assert await ledger.balance(user) == 15


async def test_the_gift_is_the_policys_amount(ledger: Ledger, owner: asyncpg.Connection):
    await owner.execute("update credit_policies set amount = 0 where kind = 'signup'")
    try:
        user = await ledger.provision("alice")
    finally:
        await owner.execute("update credit_policies set amount = 20 where kind = 'signup'")
    assert (await ledger.balance(user), await ledger.entries(user)) == (0, [])


async def test_an_erased_identity_stays_out(ledger: Ledger, owner: asyncpg.Connection):
    await owner.execute(ERASE, "alice")
    with pytest.raises(asyncpg.PostgresError) as refused:
        await ledger.provision("alice")
    assert code(refused.value) == ERASED
    assert await owner.fetchval("select count(*) from users") == 0


async def test_who_asked_to_be_erased_stays_out_before_it_is_done(ledger: Ledger, owner: asyncpg.Connection):
    await ledger.provision("alice")
    await owner.execute("update users set erase_requested_at = now()")
    with pytest.raises(asyncpg.PostgresError) as refused:
        await ledger.provision("alice")
    assert code(refused.value) == ERASED


async def test_a_request_that_waited_for_an_erasure_does_not_bring_the_person_back(
    ledger: Ledger, owner: asyncpg.Connection, database: TestDatabase
):
    user = await ledger.provision("alice")
    erasing = owner.transaction()
    await erasing.start()
    await owner.execute("update users set clerk_id = null, erased_at = now() where id = $1", user)
    await owner.execute(ERASE, "alice")
    waiting = asyncio.create_task(ledger.provision("alice"))
    await until_it_waits(database)
    await erasing.commit()
    with pytest.raises(asyncpg.PostgresError) as refused:
        await waiting
    assert code(refused.value) == ERASED
    assert await owner.fetchval("select count(*) from users") == 1


async def until_it_waits(database: TestDatabase) -> None:
    onlooker = await asyncpg.connect(database.owner_url)
    while not await onlooker.fetchval("select exists (select from pg_locks where not granted)"):
        await asyncio.sleep(0.01)
    await onlooker.close()


@pytest.mark.parametrize("clerk_id", [None, ""])
async def test_nobody_is_no_user(ledger: Ledger, owner: asyncpg.Connection, clerk_id: str | None):
    with pytest.raises(asyncpg.PostgresError) as refused:
        async with ledger.gateway.tx() as tx:
            await tx.fetchval(PROVISION, uuid7(), uuid7(), clerk_id)
    assert code(refused.value) == REFUSED
    assert await owner.fetchval("select count(*) from users") == 0


async def test_a_missing_policy_is_not_mistaken_for_an_erasure(ledger: Ledger, owner: asyncpg.Connection):
    await owner.execute("update credit_policies set kind = 'elsewhere'")
    try:
        with pytest.raises(asyncpg.NoDataFoundError):
            await ledger.provision("alice")
    finally:
        await owner.execute("update credit_policies set kind = 'signup'")

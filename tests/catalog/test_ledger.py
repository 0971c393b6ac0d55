"""charge, refund, grant_credits: the balance and its ledger move together, once for a fact, and never below 0."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from uuid import UUID

import asyncpg
import pytest

from common.ids import uuid7
from tests.catalog.ledger import GENERATION, INSUFFICIENT, PLACE_ORDER, REFUSED, UNKNOWN_USER, Ledger, code
from tests.support.servers import TestDatabase

CONNECTIONS = 80


async def test_two_hundred_charges_at_once_on_a_balance_of_ten_take_exactly_ten(ledger: Ledger, database: TestDatabase):
    user = await ledger.user_with(balance=10)
    outcomes = await orders_at_once(database.url("gateway"), user, 200)
    assert Counter(map(type, outcomes)) == {int: 10, str: 190}
    assert sorted(balance for balance in outcomes if isinstance(balance, int)) == list(range(10))
    assert {code for code in outcomes if isinstance(code, str)} == {INSUFFICIENT}
    charges = [entry for entry in await ledger.entries(user) if entry["kind"] == "charge"]
    assert sorted(entry["balance_after"] for entry in charges) == list(range(10))
    assert await ledger.balance(user) == 0
    assert await ledger.agrees(user)
    assert await ledger.owner.fetchval("select count(*) from generations") == 10


async def orders_at_once(url: str, user: UUID, count: int) -> list[int | str]:
    """Of one credit each, on real connections that are all open before the first order: balances, or refusals."""
    connections = [await asyncpg.connect(url) for _ in range(CONNECTIONS)]
    waiting = iter(range(count))
    try:
        answers = await asyncio.gather(*(place_orders(connection, user, waiting) for connection in connections))
    finally:
        await asyncio.gather(*(connection.close() for connection in connections))
    return [outcome for outcomes in answers for outcome in outcomes]


async def place_orders(connection: asyncpg.Connection, user: UUID, waiting: Iterator[int]) -> list[int | str]:
    outcomes: list[int | str] = []
    for _ in waiting:
        try:
            outcomes.append(await connection.fetchval(PLACE_ORDER, user, uuid7(), 1, None, uuid7(), uuid7()))
        except asyncpg.PostgresError as refused:
            outcomes.append(code(refused))
    return outcomes


async def test_a_charge_writes_its_entry(ledger: Ledger):
    user = await ledger.user_with(balance=20)
    generation = await ledger.charge(user, 4)
    entry = (await ledger.entries(user))[-1]
    assert (entry["amount"], entry["kind"], entry["balance_after"]) == (-4, "charge", 16)
    assert (entry["reference"], entry["generation_id"]) == (f"charge:{generation}", generation)


async def test_the_last_credit_can_be_spent_and_no_more(ledger: Ledger):
    user = await ledger.user_with(balance=4)
    await ledger.charge(user, 4)
    assert await refused(ledger.charge(user, 1)) == INSUFFICIENT
    assert await ledger.balance(user) == 0


@pytest.mark.parametrize("amount", [0, -1, -(2**31), None])
async def test_a_charge_that_takes_nothing_or_gives_is_refused(ledger: Ledger, amount: int | None):
    user = await ledger.user_with(balance=20)
    assert await refused(ledger.charge(user, amount)) == REFUSED
    assert await ledger.balance(user) == 20


async def test_a_generation_is_charged_once(ledger: Ledger):
    user = await ledger.user_with(balance=20)
    generation = await ledger.charge(user, 4)
    with pytest.raises(asyncpg.UniqueViolationError):
        await ledger.charge(user, 4, generation)
    assert await ledger.balance(user) == 16


async def test_a_charge_without_its_generation_does_not_outlive_the_transaction(ledger: Ledger):
    user = await ledger.user_with(balance=20)
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        async with ledger.gateway.tx_as(user) as tx:
            await tx.fetchval("select charge($1, $2, 4)", uuid7(), uuid7())
    assert await ledger.balance(user) == 20


async def test_a_refund_gives_back_once_and_keeps_the_reason(ledger: Ledger):
    user = await ledger.user_with(balance=20)
    generation = await ledger.charge(user, 4)
    assert await ledger.refund(generation, 3, "partly_delivered") == 19
    entry = (await ledger.entries(user))[-1]
    assert (entry["amount"], entry["kind"], entry["note"]) == (3, "refund", "partly_delivered")
    assert entry["reference"] == f"refund:{generation}"
    with pytest.raises(asyncpg.UniqueViolationError):
        await ledger.refund(generation, 1)
    assert await ledger.balance(user) == 19


async def test_refunds_at_once_give_back_once(ledger: Ledger):
    user = await ledger.user_with(balance=20)
    generation = await ledger.charge(user, 4)
    results = await asyncio.gather(*(ledger.refund(generation, 4) for _ in range(10)), return_exceptions=True)
    assert sum(isinstance(result, asyncpg.UniqueViolationError) for result in results) == 9
    assert await ledger.balance(user) == 20
    assert await ledger.agrees(user)


@pytest.mark.parametrize("amount", [5, 0, -1, 2**31 - 1, None])
async def test_a_refund_is_at_least_one_credit_and_at_most_the_charge(ledger: Ledger, amount: int | None):
    user = await ledger.user_with(balance=20)
    generation = await ledger.charge(user, 4)
    assert await refused(ledger.refund(generation, amount)) == REFUSED
    assert await ledger.balance(user) == 16


async def test_a_refund_is_measured_by_the_ledger_and_not_by_what_the_generation_claims(ledger: Ledger):
    """The gateway writes the generation's row: it could claim a charge that never was, and be refunded for it."""
    user = await ledger.user_with(balance=20)
    generation = uuid7()
    async with ledger.gateway.tx_as(user) as tx:
        await tx.execute(GENERATION, generation, user, 1000)
    with pytest.raises(asyncpg.NoDataFoundError):
        await ledger.refund(generation, 1000)
    assert await ledger.balance(user) == 20


async def test_a_generation_that_lost_its_user_is_still_refunded_to_who_paid(ledger: Ledger, owner: asyncpg.Connection):
    user = await ledger.user_with(balance=20)
    generation = await ledger.charge(user, 4)
    await owner.execute("update generations set user_id = null, anonymized_at = now()")
    assert await ledger.refund(generation, 4) == 20


async def test_nothing_is_refunded_for_a_generation_that_nobody_knows(ledger: Ledger):
    with pytest.raises(asyncpg.NoDataFoundError):
        await ledger.refund(uuid7(), 1)


async def test_a_payment_that_is_reported_twenty_times_at_once_is_granted_once(ledger: Ledger):
    user = await ledger.user_with(balance=20)
    results = await asyncio.gather(*(ledger.grant(user, 50, "order:7") for _ in range(20)))
    assert Counter(results) == {True: 1, False: 19}
    assert await ledger.balance(user) == 70
    assert await ledger.agrees(user)


async def test_one_reference_is_one_payment_whoever_it_is_for(ledger: Ledger):
    alice, bob = await ledger.user_with(balance=20), await ledger.user_with(balance=20)
    assert await ledger.grant(alice, 50, "order:7")
    assert not await ledger.grant(bob, 50, "order:7")
    assert await ledger.balance(bob) == 20


@pytest.mark.parametrize("amount", [0, -1, None])
async def test_a_grant_gives_credits(ledger: Ledger, amount: int | None):
    user = await ledger.user_with(balance=20)
    assert await refused(ledger.grant(user, amount, "order:7")) == REFUSED


@pytest.mark.parametrize("kind", ["signup", "charge", "refund", "clawback", "adjustment", "gift", None])
async def test_only_what_was_bought_is_granted(ledger: Ledger, kind: str | None):
    user = await ledger.user_with(balance=20)
    assert await refused(ledger.grant(user, 50, "order:7", kind)) == REFUSED
    assert await ledger.balance(user) == 20


async def test_both_kinds_of_purchase_are_granted(ledger: Ledger):
    user = await ledger.user_with(balance=20)
    assert await ledger.grant(user, 50, "order:7", "pack")
    assert await ledger.grant(user, 200, "invoice:7", "plan")
    assert await ledger.balance(user) == 270


async def test_a_payment_of_a_stranger_is_refused(ledger: Ledger):
    assert await refused(ledger.grant(uuid7(), 50, "order:7")) == UNKNOWN_USER


async def test_a_purchase_cannot_take_the_place_of_a_refund(ledger: Ledger):
    user = await ledger.user_with(balance=20)
    generation = await ledger.charge(user, 4)
    with pytest.raises(asyncpg.CheckViolationError):
        await ledger.grant(user, 50, f"refund:{generation}")
    assert await ledger.refund(generation, 4) == 20


async def test_more_credits_than_a_balance_can_hold_are_refused_and_nothing_is_lost(ledger: Ledger):
    user = await ledger.user_with(balance=20)
    with pytest.raises(asyncpg.NumericValueOutOfRangeError):
        await ledger.grant(user, 2**31 - 1, "order:7")
    assert await ledger.agrees(user)


async def refused(call: object) -> str:
    with pytest.raises(asyncpg.PostgresError) as error:
        await call  # type: ignore[misc]
    return code(error.value)

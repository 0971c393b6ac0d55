"""take_back: a refund takes its part of the credits, each credit once, and never more than there are."""

from __future__ import annotations

import asyncio
import itertools

import asyncpg
import pytest

from tests.catalog.ledger import REFUSED, Ledger, code

ORDER = "order:90001"


async def test_a_whole_refund_takes_all_of_it(ledger: Ledger):
    user = await ledger.user_with(20)
    await ledger.buy(user, 50, ORDER)
    assert await ledger.take_back(ORDER, 999, 999) == 50
    assert await ledger.balance(user) == 20
    entry = (await ledger.entries(user))[-1]
    assert (entry["kind"], entry["amount"], entry["reference"]) == ("clawback", -50, "clawback:order:90001:999")


async def test_parts_are_counted_from_what_was_refunded_in_all(ledger: Ledger):
    user = await ledger.user_with(0)
    await ledger.buy(user, 50, ORDER)
    assert [await ledger.take_back(ORDER, cents, 999) for cents in (333, 666, 999)] == [16, 17, 17]
    assert await ledger.balance(user) == 0


@pytest.mark.parametrize("order", list(itertools.permutations((300, 600, 900))))
async def test_an_older_sum_that_comes_late_takes_nothing(ledger: Ledger, order: tuple[int, ...]):
    user = await ledger.user_with(20)
    await ledger.buy(user, 50, ORDER)
    for cents in order * 2:
        await ledger.take_back(ORDER, cents, 1000)
    assert await ledger.balance(user) == 20 + 5
    assert await ledger.agrees(user)


async def test_what_was_spent_is_noted_and_a_repeat_does_not_fetch_it(ledger: Ledger):
    user = await ledger.user_with(0)
    await ledger.buy(user, 50, ORDER)
    await ledger.charge(user, 40)
    assert await ledger.take_back(ORDER, 500, 1000) == 10
    assert (await ledger.balance(user), await ledger.short(ORDER)) == (0, 15)
    assert (await ledger.entries(user))[-1]["note"] == "15 more were spent already"
    await ledger.grant(user, 100, "order:2")
    assert await ledger.take_back(ORDER, 500, 1000) == 0
    assert await ledger.balance(user) == 100


async def test_a_later_refund_takes_what_is_due_in_all(ledger: Ledger):
    user = await ledger.user_with(0)
    await ledger.buy(user, 50, ORDER)
    await ledger.charge(user, 50)
    assert await ledger.take_back(ORDER, 500, 1000) == 0
    assert await ledger.short(ORDER) == 25
    await ledger.grant(user, 100, "order:2")
    assert await ledger.take_back(ORDER, 1000, 1000) == 50
    assert (await ledger.balance(user), await ledger.short(ORDER)) == (50, 0)


@pytest.mark.parametrize(("refunded", "total"), [(5000, 999), (2**62, 999), (0, 0)])
async def test_never_more_than_was_granted_is_taken(ledger: Ledger, refunded: int, total: int):
    user = await ledger.user_with(20)
    await ledger.buy(user, 50, ORDER)
    assert await ledger.take_back(ORDER, refunded, total) == 50


async def test_large_sums_do_not_overflow(ledger: Ledger):
    user = await ledger.user_with(0)
    await ledger.buy(user, 1_000_000, ORDER)
    assert await ledger.take_back(ORDER, 2**62, 2**63 - 1) == 500_000


async def test_another_order_that_begins_alike_is_another(ledger: Ledger):
    user = await ledger.user_with(0)
    await ledger.buy(user, 50, "order:9")
    await ledger.buy(user, 50, "order:90")
    assert [await ledger.take_back(which, 1, 1) for which in ("order:90", "order:9")] == [50, 50]


@pytest.mark.parametrize("reference", ["order:unknown", "signup:1", "", None])
async def test_where_nothing_was_bought_nothing_is_taken(ledger: Ledger, reference: str):
    user = await ledger.user_with(20)
    assert await ledger.take_back(reference, 10, 10) == 0
    assert await ledger.balance(user) == 20


async def test_a_purchase_without_credits_has_none_to_take(ledger: Ledger, owner: asyncpg.Connection):
    await owner.execute("insert into purchases (reference) values ('invoice:1')")
    assert await ledger.take_back("invoice:1", 10, 10) == 0
    assert await owner.fetchval("select refunded_cents from purchases") == 10


@pytest.mark.parametrize(("refunded", "total"), [(-1, 10), (1, -1), (None, 10), (1, None)])
async def test_sums_that_make_no_sense_are_refused(ledger: Ledger, refunded: int | None, total: int | None):
    user = await ledger.user_with(0)
    await ledger.buy(user, 50, ORDER)
    with pytest.raises(asyncpg.PostgresError) as refused:
        await ledger.take_back(ORDER, refunded, total)
    assert code(refused.value) == REFUSED


async def test_refunds_and_charges_at_once_take_each_credit_once(ledger: Ledger):
    user = await ledger.user_with(40)
    await ledger.buy(user, 50, ORDER)
    refunds = [ledger.take_back(ORDER, cents, 1000) for cents in (100, 1000, 500, 1000, 300) * 4]
    charges = [ledger.charge(user, 2) for _ in range(20)]
    results = await asyncio.gather(*refunds, *charges)
    assert sum(result for result in results if isinstance(result, int)) == 50
    assert await ledger.agrees(user)
    assert (await ledger.balance(user), await ledger.short(ORDER)) == (0, 0)

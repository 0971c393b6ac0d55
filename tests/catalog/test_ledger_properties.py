"""Whatever happens to a user's credits, in any order: the balance is the ledger's sum, and the chain has no gap."""

from __future__ import annotations

from itertools import accumulate
from uuid import UUID

import asyncpg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.catalog.ledger import Ledger

# Few numbers on purpose: orders and generations are named again, balances run out.
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("charge"), st.integers(-1, 9), st.just(0)),
        st.tuples(st.just("refund"), st.integers(0, 9), st.integers(0, 5)),
        st.tuples(st.just("grant"), st.integers(-1, 9), st.integers(0, 3)),
    ),
    max_size=14,
)


class Model:
    """What ought to happen, in a few lines."""

    def __init__(self) -> None:
        self.balance = 20
        self.charged: list[int] = []
        self.refunded: set[int] = set()
        self.granted: set[int] = set()

    def charge(self, amount: int, _: int) -> bool:
        if not 0 < amount <= self.balance:
            return False
        self.charged.append(amount)
        self.balance -= amount
        return True

    def refund(self, amount: int, number: int) -> bool:
        if number in self.refunded or not 0 < amount <= self.charged[number]:
            return False
        self.refunded.add(number)
        self.balance += amount
        return True

    def grant(self, amount: int, order: int) -> bool:
        if order in self.granted or amount <= 0:
            return False
        self.granted.add(order)
        self.balance += amount
        return True


class Actual:
    """The same steps on the database."""

    def __init__(self, ledger: Ledger, user: UUID) -> None:
        self.ledger, self.user = ledger, user
        self.generations: list[UUID] = []

    async def charge(self, amount: int, _: int) -> bool:
        self.generations.append(await self.ledger.charge(self.user, amount))
        return True

    async def refund(self, amount: int, number: int) -> bool:
        await self.ledger.refund(self.generations[number], amount)
        return True

    async def grant(self, amount: int, order: int) -> bool:
        return await self.ledger.grant(self.user, amount, f"order:{self.user}:{order}")


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
async def test_the_balance_is_what_the_ledger_says_after_any_sequence(
    ledger: Ledger, steps: list[tuple[str, int, int]]
):
    user = await ledger.provision()
    model, actual = Model(), Actual(ledger, user)
    for action, amount, which in steps:
        if action == "refund" and which >= len(model.charged):
            continue
        expected = getattr(model, action)(amount, which)
        try:
            done = await getattr(actual, action)(amount, which)
        except asyncpg.PostgresError:
            done = False
        assert done == expected, (action, amount, which)
    await check(ledger, user, model.balance)


async def check(ledger: Ledger, user: UUID, balance: int) -> None:
    entries = await ledger.entries(user)
    amounts = [entry["amount"] for entry in entries]
    assert await ledger.balance(user) == sum(amounts) == balance
    assert [entry["balance_after"] for entry in entries] == list(accumulate(amounts))

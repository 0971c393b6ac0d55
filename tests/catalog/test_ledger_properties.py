"""Whatever happens to credits, in any order, to several users: the functions answer and leave what the model says."""

from __future__ import annotations

from itertools import accumulate
from typing import ClassVar
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, multiple, rule, run_state_machine_as_test

from common.ids import uuid7
from tests.catalog.ledger import TAKEN, UNKNOWN_GENERATION, UNKNOWN_USER
from tests.catalog.ledger_calls import Calls, connected
from tests.catalog.ledger_model import Model
from tests.support.servers import TestDatabase

EXAMPLES, STEPS = 2_000, 6

# Few numbers on purpose: balances run out, and facts are named again.
AMOUNTS = st.integers(-1, 12)
FACTS = st.integers(0, 3)


class LedgerMachine(RuleBasedStateMachine):
    """Each rule does the same to the database and to the model. `finished`: how many users each example had."""

    calls: ClassVar[Calls]
    finished: ClassVar[list[int]]

    users: Bundle[UUID] = Bundle("users")
    generations: Bundle[UUID] = Bundle("generations")

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.example = uuid7()
        self.names: dict[UUID, str] = {}

    @initialize(target=users)
    def the_first_signs_up(self) -> UUID:
        return self.signed_up()

    @rule(target=users)
    def another_signs_up(self) -> UUID:
        return self.signed_up()

    def signed_up(self) -> UUID:
        name = f"user_{uuid7()}"
        user = self.calls.provision(name)
        self.names[user] = name
        self.model.sign_up(user)
        return user

    @rule(user=users)
    def one_signs_up_again(self, user: UUID) -> None:
        assert self.calls.provision(self.names[user]) == user

    @rule(target=generations, user=users, amount=AMOUNTS)
    def order(self, user: UUID, amount: int):
        generation = uuid7()
        answered = self.calls.order(user, generation, amount, key=str(generation))
        assert answered == self.model.order(user, generation, amount)
        return generation if generation in self.model.charged else multiple()

    @rule(generation=generations, amount=AMOUNTS)
    def order_under_a_used_key(self, generation: UUID, amount: int) -> None:
        user, _ = self.model.charged[generation]
        assert self.calls.order(user, uuid7(), amount, key=str(generation)) is None

    @rule(generation=generations, user=users)
    def charge_a_generation_twice(self, generation: UUID, user: UUID) -> None:
        assert self.calls.order(user, generation, 1) == TAKEN

    @rule(generation=generations, amount=AMOUNTS)
    def refund(self, generation: UUID, amount: int) -> None:
        assert self.calls.refund(generation, amount) == self.model.refund(generation, amount)

    @rule(user=users, amount=AMOUNTS, fact=FACTS, kind=st.sampled_from(["plan", "pack"]))
    def buy(self, user: UUID, amount: int, fact: int, kind: str) -> None:
        reference = f"{kind}:{self.example}:{fact}"
        assert self.calls.buy(user, amount, reference, kind) == self.model.buy(user, amount, reference)

    @rule(user=users, amount=st.integers(-25, 12))
    def adjust(self, user: UUID, amount: int) -> None:
        assert self.calls.adjust(user, amount) == self.model.adjust(user, amount)

    @rule()
    def name_nobody(self) -> None:
        assert self.calls.buy(uuid7(), 5, f"pack:{uuid7()}") == UNKNOWN_USER
        assert self.calls.refund(uuid7(), 1) == UNKNOWN_GENERATION

    def teardown(self) -> None:
        rows = {row["id"]: row for row in self.calls.rows(list(self.model.entries))}
        assert set(rows) == set(self.model.entries)
        for user, amounts in self.model.entries.items():
            assert rows[user]["amounts"] == amounts
            assert rows[user]["balances"] == list(accumulate(amounts))
            assert rows[user]["credits_remaining"] == self.model.balance(user)
        self.finished.append(len(rows))


@pytest.mark.timeout(300)
def test_the_ledger_does_what_the_model_does(database: TestDatabase):
    limits = settings(max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None)
    finished: list[int] = []
    with connected(database) as calls:
        machine = type("Machine", (LedgerMachine,), {"calls": calls, "finished": finished})
        run_state_machine_as_test(machine, settings=limits)
    assert len(finished) >= EXAMPLES
    assert sum(users > 1 for users in finished) > EXAMPLES / 10

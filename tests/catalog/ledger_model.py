"""What ought to happen to credits, in a few lines: the ledger is held against it."""

from __future__ import annotations

from uuid import UUID

from tests.catalog.ledger import INSUFFICIENT, INVALID, REFUSED, TAKEN

GIFT = 20

Outcome = int | bool | str | None
"""What a function answers, or the code with which it refuses."""


class Model:
    """Users' entries as amounts, oldest first. A balance is their sum, and never kept."""

    def __init__(self) -> None:
        self.entries: dict[UUID, list[int]] = {}
        self.charged: dict[UUID, tuple[UUID, int]] = {}
        self.refunded: set[UUID] = set()
        self.bought: set[str] = set()

    def balance(self, user: UUID) -> int:
        return sum(self.entries[user])

    def sign_up(self, user: UUID) -> None:
        self.entries[user] = [GIFT]

    def order(self, user: UUID, generation: UUID, amount: int) -> Outcome:
        if amount <= 0:
            return INVALID
        outcome = self._append(user, -amount)
        if outcome != INSUFFICIENT:
            self.charged[generation] = (user, amount)
        return outcome

    def refund(self, generation: UUID, amount: int) -> Outcome:
        payer, charged = self.charged[generation]
        if not 0 < amount <= charged:
            return REFUSED
        if generation in self.refunded:
            return TAKEN
        self.refunded.add(generation)
        return self._append(payer, amount)

    def buy(self, user: UUID, amount: int, reference: str) -> Outcome:
        if amount <= 0:
            return REFUSED
        if reference in self.bought:
            return False
        self.bought.add(reference)
        self._append(user, amount)
        return True

    def adjust(self, user: UUID, amount: int) -> Outcome:
        return self._append(user, amount) if amount else INVALID

    def _append(self, user: UUID, amount: int) -> Outcome:
        if self.balance(user) + amount < 0:
            return INSUFFICIENT
        self.entries[user].append(amount)
        return self.balance(user)

"""A busy time in the shop, by chance, and what its users should have of it in the end: a model without any events."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from tests.support.lemonsqueezy.payloads import Event
from tests.support.lemonsqueezy.resources import PACK_VARIANT, PRO_VARIANT, SUBSCRIPTION_VARIANT, Resource
from tests.support.lemonsqueezy.shop import Shop
from tests.support.lemonsqueezy.store import VARIANTS, Store, Variant, now
from tests.support.lemonsqueezy.subscriptions import NotPossible

THRIFTY_VARIANT = 2004
SOLD = VARIANTS | {THRIFTY_VARIANT: Variant("Starter at last year's price", 1500, monthly=True)}
CREDITS = {PACK_VARIANT: 50, SUBSCRIPTION_VARIANT: 200, PRO_VARIANT: 1000, THRIFTY_VARIANT: 200}
TIERS = {SUBSCRIPTION_VARIANT: "starter", PRO_VARIANT: "pro", THRIFTY_VARIANT: "starter"}
SWAPS = {SUBSCRIPTION_VARIANT: PRO_VARIANT, PRO_VARIANT: THRIFTY_VARIANT, THRIFTY_VARIANT: SUBSCRIPTION_VARIANT}

STEP = timedelta(minutes=5)
"""Between what happens: two minutes around it are an invoice's own time."""

PACKS_JSON = '{"1001": 50}'
PLANS_JSON = (
    '{"2001": {"tier": "starter", "credits": 200}, "2004": {"tier": "starter", "credits": 200},'
    ' "2002": {"tier": "pro", "credits": 1000}}'
)
"""CREDITS and TIERS as billing is told of them."""

RANK = ("free", "starter", "pro")
GIVES_ITS_TIER = {"active", "past_due", "cancelled"}
"""A payment that failed just now is within its grace, and a month that was cancelled just now is not over."""


@dataclass
class BusyTime:
    """`told`: the events of it, as they happened."""

    users: Sequence[UUID]
    chance: random.Random
    told: list[Event] = field(default_factory=list)
    _theirs: dict[UUID, list[Resource]] = field(default_factory=dict)
    _began: datetime = field(default_factory=lambda: now() - timedelta(days=5))

    def __post_init__(self) -> None:
        steps = itertools.count()
        self.shop = Shop(Store(self.told.append, clock=lambda: self._began + STEP * next(steps)), SOLD)

    def go_on(self, events: int) -> None:
        """Until there are so many."""
        while len(self.told) < events:
            with suppress(NotPossible):
                self._happen(self.chance.choice(self.users))

    def _happen(self, user: UUID) -> None:
        theirs = self._theirs.setdefault(user, [])
        if not theirs or self.chance.random() < 0.15:
            self._buy(user, theirs)
        elif self.chance.random() < 0.1:
            self.chance.choice([self._license, self._move, self.shop.activate_affiliate])()
        else:
            self.chance.choice(self._lives())(theirs[-1])

    def _buy(self, user: UUID, theirs: list[Resource]) -> None:
        """A second subscription only once the first is over."""
        live = [s for s in theirs if s["attributes"]["status"] != "expired"]
        variant_id = PACK_VARIANT if live else self.chance.choice(list(CREDITS))
        bought = self.shop.buy(variant_id, {"user_id": str(user)}, email=f"{user}@example.com")
        if bought.subscription is not None:
            theirs.append(bought.subscription)

    def _lives(self) -> list[Callable[[Resource], object]]:
        shop = self.shop
        changes = [shop.cancel, shop.resume, shop.pause, shop.unpause, shop.expire, shop.fail_payment, shop.recover]
        return [*changes, shop.renew, shop.renew, self._swap, self._refund]

    def _swap(self, subscription: Resource) -> None:
        self.shop.change_plan(subscription, SWAPS[subscription["attributes"]["variant_id"]])

    def _refund(self, _subscription: Resource) -> None:
        kind = self.chance.choice(["orders", "subscription-invoices"])
        purchase = self.chance.choice(list(self.shop.store.resources[kind].values()))
        self.shop.refund(purchase, self.chance.randint(1, purchase["attributes"]["total"]))

    def _license(self) -> None:
        key = self.shop.issue_license(self.chance.choice(list(self.shop.store.resources["orders"].values())))
        self.shop.disable_license(key)

    def _move(self) -> None:
        customers = list(self.shop.store.resources["customers"].values())
        self.shop.update_customer(self.chance.choice(customers), city=self.chance.choice(["Berlin", "Lima", "Oslo"]))


def expected(shop: Shop, users: Sequence[UUID], at_signup: int = 20) -> dict[UUID, tuple[str, int]]:
    """Tier and credits of each of these users, as nobody spends any."""
    balances = dict.fromkeys(users, at_signup)
    for order in shop.store.resources["orders"].values():
        variant_id = order["attributes"]["first_order_item"]["variant_id"]
        if not shop.variants[variant_id].monthly:
            balances[_user(shop, order)] += _kept(order, CREDITS[variant_id])
    for invoice in shop.store.resources["subscription-invoices"].values():
        facts, plan = invoice["attributes"], shop.plans[invoice["id"]]
        if facts["billing_reason"] in {"initial", "renewal"} and facts["status"] != "pending":
            balances[_user(shop, invoice)] += _kept(invoice, CREDITS[plan])
    tiers = _tiers(shop)
    return {user: (tiers.get(user, "free"), balance) for user, balance in balances.items()}


def _kept(purchase: Resource, bought: int) -> int:
    """What is left of so many credits when a part of the money was given back."""
    facts = purchase["attributes"]
    return bought - bought * facts["refunded_amount"] // facts["total"]


def _tiers(shop: Shop) -> Mapping[UUID, str]:
    best: dict[UUID, str] = {}
    for subscription in shop.store.resources["subscriptions"].values():
        facts, user = subscription["attributes"], _user(shop, subscription)
        tier = TIERS[facts["variant_id"]] if facts["status"] in GIVES_ITS_TIER else "free"
        best[user] = max(tier, best.get(user, "free"), key=RANK.index)
    return best


def _user(shop: Shop, resource: Resource) -> UUID:
    custom = shop.store.custom_of(resource)
    assert isinstance(custom, dict)
    return UUID(custom["user_id"])

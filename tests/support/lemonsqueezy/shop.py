"""The shop: what a buyer, a month or the merchant makes happen, with the events that LemonSqueezy sends about it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.support.lemonsqueezy import resources
from tests.support.lemonsqueezy.payloads import refunded
from tests.support.lemonsqueezy.resources import Resource, written
from tests.support.lemonsqueezy.store import VARIANTS, Store, Variant
from tests.support.lemonsqueezy.subscriptions import NotPossible, Subscriptions

IN_PART = {"orders": ("order_refunded", "partial_refund"),
           "subscription-invoices": ("subscription_payment_refunded", "partial_refunded")}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Purchase:
    """What a paid checkout makes. A pack is its order alone."""

    order: Resource
    subscription: Resource | None = None
    invoice: Resource | None = None


class Shop(Subscriptions):
    """Raises NotPossible for what the vendor would refuse."""

    def __init__(self, store: Store, variants: Mapping[int, Variant] = VARIANTS) -> None:
        super().__init__(store, variants)

    def open_checkout(self, variant_id: int, custom: object = None, **options: Any) -> Resource:
        """`options`: of the product, as in redirect_url. No event tells of it."""
        if variant_id not in self.variants:
            raise NotPossible(f"variant {variant_id} is not sold here")
        at, checkout_id = self.store.tick(), str(uuid.uuid4())
        url = self.store.links.signed(f"/checkout/custom/{checkout_id}")
        made = resources.checkout(
            checkout_id, custom=custom or [], variant_id=variant_id, url=url, product_options=options
        )
        return self.store.add(made, at, custom)

    def pay(self, checkout: Resource, email: str = "bea@example.com", name: str = "Bea Buyer") -> Purchase:
        """An order; of a subscription also the subscription and its first invoice."""
        at, variant_id = self.store.tick(), checkout["attributes"]["variant_id"]
        custom, who = self.store.custom_of(checkout), {"user_name": name, "user_email": email}
        customer = self._customer(email, name, at)
        order = self._order(variant_id, who | {"customer_id": int(customer["id"])}, at, custom)
        if not self.variants[variant_id].monthly:
            self.store.emit("order_created", order)
            return Purchase(order)
        subscription, invoice = self.begin(order, at, custom)
        self.store.emit("order_created", order)
        self.store.emit("subscription_created", subscription)
        self.store.emit("subscription_payment_success", invoice)
        self.store.emit("subscription_updated", subscription)
        return Purchase(order, subscription, invoice)

    def buy(self, variant_id: int, custom: object = None, **who: str) -> Purchase:
        """Opens a checkout and pays it."""
        return self.pay(self.open_checkout(variant_id, custom), **who)

    def refund(self, purchase: Resource, cents: int) -> None:
        """So much more of an order or an invoice. A subscription's first order and first invoice are one payment."""
        at = self.store.tick()
        for side in self._sides(purchase):
            self._give_back(side, cents, at)
        for side in self._sides(purchase):
            self.store.emit(IN_PART[side["type"]][0], side)

    def update_customer(self, customer: Resource, **attributes: object) -> None:
        self.store.change(customer, self.store.tick(), **attributes)
        self.store.emit("customer_updated", customer)

    def issue_license(self, order: Resource) -> Resource:
        at, key = self.store.tick(), str(uuid.uuid4())
        facts = {"order_id": int(order["id"]), "key": key, "key_short": f"XXXX-{key[-12:]}"}
        made = self.store.add(resources.license_key(self._new_id(), **facts), at, self.store.custom_of(order))
        self.store.emit("license_key_created", made)
        return made

    def disable_license(self, key: Resource) -> None:
        self.store.change(key, self.store.tick(), disabled=True, status="disabled", status_formatted="Disabled")
        self.store.emit("license_key_updated", key)

    def activate_affiliate(self) -> Resource:
        made = self.store.add(resources.affiliate(self._new_id()), self.store.tick())
        self.store.emit("affiliate_activated", made)
        return made

    def _customer(self, email: str, name: str, at: datetime) -> Resource:
        known = self.store.resources["customers"].values()
        found = next((customer for customer in known if customer["attributes"]["email"] == email), None)
        if found is not None:
            return found
        customer_id = self._new_id()
        urls = {"customer_portal": self.store.links.signed("/billing", user=customer_id)}
        return self.store.add(resources.customer(customer_id, email=email, name=name, urls=urls), at)

    def _order(self, variant_id: int, who: dict[str, Any], at: datetime, custom: object) -> Resource:
        variant, order_id, identifier = self.variants[variant_id], self._new_id(), str(uuid.uuid4())
        item = resources.order_item(int(order_id), variant_id, 1, id=self.store.new_id(), price=variant.cents,
            product_name=variant.name, variant_name=variant.name, created_at=written(at), updated_at=written(at),
            test_mode=self.store.test_mode)  # fmt: skip
        facts: dict[str, Any] = {
            "identifier": identifier,
            "order_number": len(self.store.resources["orders"]) + 1,
            "first_order_item": item,
            "urls": {"receipt": self.store.links.signed(f"/my-orders/{identifier}")},
        }
        order = resources.order(order_id, **who, **resources.money(variant.cents), **facts)
        return self.store.add(order, at, custom)

    def _sides(self, purchase: Resource) -> list[Resource]:
        """The order before the invoice, where both are the same payment."""
        first = {invoice["id"]: self._first_order(invoice) for invoice in self._initial_invoices()}
        if purchase["type"] == "orders":
            invoices = self.store.resources["subscription-invoices"]
            return [purchase, *(invoices[i] for i, order in first.items() if order is purchase)]
        order = first.get(purchase["id"])
        return [order, purchase] if order else [purchase]

    def _give_back(self, side: Resource, cents: int, at: datetime) -> None:
        facts = side["attributes"]
        amount = facts["refunded_amount"] + cents
        refundable = facts["status"] in {"paid", IN_PART[side["type"]][1]}
        if not refundable or cents <= 0 or amount > facts["total"]:
            raise NotPossible(f"{cents} cents can't be given back of {side['type']} {side['id']}")
        changes = refunded(amount, facts["total"], IN_PART[side["type"]][1], written(at))
        changes |= resources.amount_of("refunded_amount", amount)
        self.store.change(side, at, **changes, status_formatted=changes["status"].replace("_", " ").capitalize())

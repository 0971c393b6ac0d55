"""The life of a subscription at LemonSqueezy: each change of it, and the events that tell of that.

subscription_updated comes with every change, beside the event that names it; a payment that is made up for is told as
recovered and as a success.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.support.lemonsqueezy import resources
from tests.support.lemonsqueezy.resources import Resource, written
from tests.support.lemonsqueezy.store import Store, Variant

MONTH = timedelta(days=30)


class NotPossible(Exception):
    """LemonSqueezy would refuse it."""


class Subscriptions:
    """`store`: what is remembered. `variants`: what is sold. `plans`: the variant of each invoice, which names none."""

    def __init__(self, store: Store, variants: Mapping[int, Variant]) -> None:
        self.store = store
        self.variants = variants
        self.plans: dict[str, int] = {}

    def begin(self, order: Resource, at: datetime, custom: object) -> tuple[Resource, Resource]:
        """A subscription and its first invoice, of the order that paid for both. Nothing is told yet."""
        facts, subscription_id = order["attributes"], self._new_id()
        item = facts["first_order_item"]
        moment = {"created_at": written(at), "updated_at": written(at)}
        wanted = {
            "customer_id": facts["customer_id"],
            "order_id": int(order["id"]),
            "order_item_id": item["id"],
            "product_id": item["product_id"],
            "user_name": facts["user_name"],
            "user_email": facts["user_email"],
            "first_subscription_item": resources.subscription_item(
                int(subscription_id), id=self.store.new_id(), price_id=item["price_id"], **moment
            ),
            "renews_at": written(at + MONTH),
            "urls": self.store.links.portal_urls(subscription_id, str(facts["customer_id"])),
        }
        made = resources.subscription(subscription_id, **wanted, **self._sold(item["variant_id"]))
        subscription = self.store.add(made, at, custom)
        return subscription, self._invoice(subscription, "initial", facts["total"], at)

    def renew(self, subscription: Resource) -> Resource:
        """A month later: the invoice that was paid for it."""
        self._must_be(subscription, "active")
        at = self.store.tick()
        invoice = self._invoice(subscription, "renewal", self._price(subscription), at)
        self.store.change(subscription, at, renews_at=written(_time(subscription, "renews_at") + MONTH))
        self.store.emit("subscription_payment_success", invoice)
        self.store.emit("subscription_updated", subscription)
        return invoice

    def fail_payment(self, subscription: Resource) -> Resource:
        """Of a renewal: the invoice that was not paid."""
        self._must_be(subscription, "active")
        at = self.store.tick()
        invoice = self._invoice(subscription, "renewal", self._price(subscription), at, "pending")
        self._set(subscription, "past_due", at)
        self.store.emit("subscription_payment_failed", invoice)
        self.store.emit("subscription_updated", subscription)
        return invoice

    def recover(self, subscription: Resource) -> Resource:
        """The invoice that failed is paid after all."""
        self._must_be(subscription, "past_due", "unpaid")
        at, invoice = self.store.tick(), self._unpaid(subscription)
        self.store.change(invoice, at, status="paid", status_formatted="Paid")
        self._set(subscription, "active", at, renews_at=written(at + MONTH))
        self.store.emit("subscription_payment_success", invoice)
        self.store.emit("subscription_payment_recovered", invoice)
        self.store.emit("subscription_updated", subscription)
        return invoice

    def cancel(self, subscription: Resource) -> None:
        """Valid until the month that is paid ends."""
        ends_at = subscription["attributes"]["renews_at"]
        self._happens("cancelled", subscription, "cancelled", "active", cancelled=True, ends_at=ends_at)

    def resume(self, subscription: Resource) -> None:
        self._happens("resumed", subscription, "active", "cancelled", cancelled=False, ends_at=None)

    def pause(self, subscription: Resource) -> None:
        self._happens("paused", subscription, "paused", "active", pause={"mode": "void", "resumes_at": None})

    def unpause(self, subscription: Resource) -> None:
        self._happens("unpaused", subscription, "active", "paused", pause=None)

    def expire(self, subscription: Resource) -> None:
        """Its paid month is over, or the vendor gave up on its payments."""
        ended = {"cancelled": True, "renews_at": None}
        self._happens("expired", subscription, "expired", "cancelled", "past_due", "unpaid", **ended)

    def change_plan(self, subscription: Resource, variant_id: int) -> Resource | None:
        """An invoice of the difference, where the new plan costs more."""
        self._must_be(subscription, "active")
        at, before = self.store.tick(), self._price(subscription)
        self.store.change(subscription, at, **self._sold(variant_id))
        more = self._price(subscription) - before
        invoice = self._invoice(subscription, "updated", more, at) if more > 0 else None
        self.store.emit("subscription_plan_changed", subscription)
        if invoice is not None:
            self.store.emit("subscription_payment_success", invoice)
        self.store.emit("subscription_updated", subscription)
        return invoice

    def _happens(self, what: str, subscription: Resource, status: str, *before: str, **changes: Any) -> None:
        self._must_be(subscription, *before)
        at = self.store.tick()
        if status == "expired":
            changes["ends_at"] = written(at)
        self._set(subscription, status, at, **changes)
        self.store.emit(f"subscription_{what}", subscription)
        self.store.emit("subscription_updated", subscription)

    def _set(self, subscription: Resource, status: str, at: datetime, **changes: Any) -> None:
        formatted = status.replace("_", " ").capitalize()
        self.store.change(subscription, at, status=status, status_formatted=formatted, **changes)

    def _must_be(self, subscription: Resource, *statuses: str) -> None:
        status = subscription["attributes"]["status"]
        if status not in statuses:
            raise NotPossible(f"subscription {subscription['id']} is {status}, not {' or '.join(statuses)}")

    def _sold(self, variant_id: int) -> dict[str, Any]:
        """What a subscription says of its plan."""
        variant = self.variants.get(variant_id)
        if variant is None or not variant.monthly:
            raise NotPossible(f"variant {variant_id} is no subscription")
        return {"variant_id": variant_id, "product_name": variant.name, "variant_name": "Monthly"}

    def _price(self, subscription: Resource) -> int:
        return self.variants[subscription["attributes"]["variant_id"]].cents

    def _invoice(self, subscription: Resource, reason: str, cents: int, at: datetime, status: str = "paid") -> Resource:
        facts, invoice_id = subscription["attributes"], self._new_id()
        who = {name: facts[name] for name in ("customer_id", "user_name", "user_email")}
        made = resources.subscription_invoice(
            invoice_id,
            subscription_id=int(subscription["id"]),
            billing_reason=reason,
            status=status,
            status_formatted=status.capitalize(),
            urls={"invoice_url": self.store.links.signed(f"/my-orders/1/subscription-invoice/{invoice_id}")},
            **who,
            **resources.money(cents),
        )
        self.plans[invoice_id] = facts["variant_id"]
        return self.store.add(made, at, self.store.custom_of(subscription))

    def _initial_invoices(self) -> Iterator[Resource]:
        for invoice in self.store.resources["subscription-invoices"].values():
            if invoice["attributes"]["billing_reason"] == "initial":
                yield invoice

    def _first_order(self, invoice: Resource) -> Resource:
        subscription = self.store.resources["subscriptions"][str(invoice["attributes"]["subscription_id"])]
        return self.store.resources["orders"][str(subscription["attributes"]["order_id"])]

    def _unpaid(self, subscription: Resource) -> Resource:
        """Its newest invoice that is open."""
        for invoice in self.store.newest_first("subscription-invoices"):
            facts = invoice["attributes"]
            if facts["subscription_id"] == int(subscription["id"]) and facts["status"] == "pending":
                return invoice
        raise NotPossible(f"subscription {subscription['id']} has no open invoice")

    def _new_id(self) -> str:
        return str(self.store.new_id())


def _time(resource: Resource, name: str) -> datetime:
    return datetime.strptime(resource["attributes"][name], "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)

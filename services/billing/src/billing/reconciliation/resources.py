"""From what the vendor's API shows to what a webhook would have told: the same payloads, less what is not used of them.

Nothing else of a resource goes in: it names the buyer, and its links are signed anew each time it is asked for.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from uuid import UUID

from pydantic import AwareDatetime, JsonValue, ValidationError

from billing.lemonsqueezy import IntegerId, Payload, StoreAttributes
from billing.lemonsqueezy_api import Kind
from billing.payloads import Invoice, Order, Refundable, Subscription

Sold = Subscription | Order | Invoice

KINDS: dict[Kind, type[Subscription] | type[Order] | type[Invoice]] = {
    "subscriptions": Subscription,
    "orders": Order,
    "subscription-invoices": Invoice,
}
"""In the order in which they are read: what an invoice is for follows from the others."""


class _Attributes(StoreAttributes):
    customer_id: IntegerId | None = None
    user_email: str | None = None
    created_at: AwareDatetime
    test_mode: bool | None = None


class Envelope(Payload):
    """What is asked of a resource besides. `test_mode` None: an order does not say."""

    attributes: _Attributes


@dataclass(frozen=True, slots=True)
class Found:
    """A resource that fits. reference: as in the ledger."""

    sold: Sold
    about: _Attributes

    @property
    def reference(self) -> str:
        return f"subscription:{self.sold.id}" if isinstance(self.sold, Subscription) else self.sold.reference


def read(kind: Kind, resource: JsonValue) -> Found | None:
    """None: it does not fit, and hides no other."""
    try:
        return Found(KINDS[kind].model_validate(resource), Envelope.model_validate(resource).attributes)
    except ValidationError:
        return None


def was_paid(facts: Refundable) -> bool:
    """And not given back as a whole: then nothing is owed for it."""
    return facts.status in {"paid", "partial_refund", "partial_refunded"}


def body(event: str, sold: Sold, *, test_mode: bool, user_id: UUID | None) -> bytes:
    """The same bytes for the same facts, so that they are stored once."""
    meta: dict[str, object] = {"event_name": event, "test_mode": test_mode, "webhook_id": "reconciliation"}
    if user_id is not None:
        meta["custom_data"] = {"user_id": str(user_id)}
    return json.dumps({"meta": meta, "data": sold.model_dump(mode="json")}, separators=(",", ":")).encode()


def as_paid(sold: Order | Invoice) -> Order | Invoice:
    """As it was before anything of it was given back."""
    paid = sold.attributes.model_copy(update={"status": "paid", "refunded_amount": 0})
    return sold.model_copy(update={"attributes": paid})

"""What LemonSqueezy sends: complete payloads with the vendor's fields, and its signature over the raw bytes.

Every builder takes overrides by attribute name, so that a test shows the fields it is about and no others.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

STORE_ID = 4711
PACK_VARIANT = 1001
SUBSCRIPTION_VARIANT = 2001
PRO_VARIANT = 2002
TRIAL_VARIANT = 2003
SECRET = "a-webhook-secret"
AT = "2026-03-01T12:00:00.000000Z"

STATES: dict[str, dict[str, Any]] = {
    "cancelled": {"status": "cancelled", "cancelled": True, "ends_at": "2999-04-01T12:00:00.000000Z"},
    "expired": {"status": "expired", "cancelled": True, "ends_at": AT},
    "paused": {"status": "paused", "pause": {"mode": "void", "resumes_at": None}},
}

BUYER = {"user_name": "Bea Buyer", "user_email": "bea@example.com"}


def from_now(**time: float) -> str:
    """As the vendor writes it: `from_now(days=-1)` is yesterday."""
    return (datetime.now(UTC) + timedelta(**time)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def to_bytes(envelope: dict[str, Any]) -> bytes:
    return json.dumps(envelope, separators=(",", ":")).encode()


def signature(body: bytes, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def headers(body: bytes, event_name: str = "order_created", secret: str = SECRET) -> dict[str, str]:
    return {
        "Content-Type": "application/json",
        "X-Event-Name": event_name,
        "X-Signature": signature(body, secret),
    }


def envelope(
    event_name: str,
    data: dict[str, Any],
    *,
    custom_data: object = None,
    test_mode: bool = False,
    webhook_id: str = "6f1ed5b4-7f5e-4a9f-b1f1-2f7a3d3c0001",
) -> dict[str, Any]:
    """`custom_data` is left out when the checkout had none, as the vendor does."""
    meta: dict[str, Any] = {"test_mode": test_mode, "event_name": event_name, "webhook_id": webhook_id}
    if custom_data is not None:
        meta["custom_data"] = custom_data
    return {"meta": meta, "data": data}


def order_created(user_id: object = None, **changes: Any) -> dict[str, Any]:
    """A paid pack for that user. `changes`: of the envelope (test_mode, webhook_id, custom_data) or of the order."""
    return _event("order_created", order, user_id, changes)


def order_refunded(user_id: object = None, *, refunded_amount: int = 999, **changes: Any) -> dict[str, Any]:
    """So much of 999 cents given back until now."""
    changes = _refunded(refunded_amount, 999, "partial_refund") | changes
    return _event("order_refunded", order, user_id, changes)


def subscription_event(what: str, user_id: object = None, **changes: Any) -> dict[str, Any]:
    """`what` happened to it, as in "created"; the status goes with that."""
    return _event(f"subscription_{what}", subscription, user_id, STATES.get(what, {}) | changes)


def payment(what: str, user_id: object = None, **changes: Any) -> dict[str, Any]:
    """`what`: "success", "recovered" or "failed"; of an invoice of 1900 cents."""
    status = {"status": "pending"} if what == "failed" else {}
    return _event(f"subscription_payment_{what}", subscription_invoice, user_id, status | changes)


def payment_refunded(user_id: object = None, *, refunded_amount: int = 1900, **changes: Any) -> dict[str, Any]:
    """So much of 1900 cents given back until now."""
    changes = _refunded(refunded_amount, 1900, "partial_refunded") | changes
    return _event("subscription_payment_refunded", subscription_invoice, user_id, changes)


def order(
    order_id: str = "90001", *, variant_id: int = PACK_VARIANT, quantity: int = 1, **changes: Any
) -> dict[str, Any]:
    attributes = {
        "store_id": STORE_ID,
        "customer_id": 31337,
        "identifier": "104e18a2-d755-4d4b-80c4-a6c1dcbe1c10",
        "order_number": 1,
        **BUYER,
        **_money(999),
        "setup_fee": 0,
        "setup_fee_usd": 0,
        "setup_fee_formatted": "$0.00",
        "status": "paid",
        "status_formatted": "Paid",
        "refunded": False,
        "refunded_at": None,
        "first_order_item": _order_item(int(order_id), variant_id, quantity),
        "urls": {"receipt": "https://app.lemonsqueezy.com/my-orders/104e18a2?signature=abc"},
        "created_at": AT,
        "updated_at": AT,
        "test_mode": False,
    }
    links = ("store", "customer", "order-items", "subscriptions", "license-keys", "discount-redemptions")
    return _resource("orders", order_id, attributes | changes, links)


def subscription(subscription_id: str = "70001", **changes: Any) -> dict[str, Any]:
    attributes = {
        "store_id": STORE_ID,
        "customer_id": 31337,
        "order_id": 90002,
        "order_item_id": 80002,
        "product_id": 501,
        "variant_id": SUBSCRIPTION_VARIANT,
        "product_name": "Starter",
        "variant_name": "Monthly",
        **BUYER,
        "status": "active",
        "status_formatted": "Active",
        "card_brand": "visa",
        "card_last_four": "4242",
        "payment_processor": "stripe",
        "pause": None,
        "cancelled": False,
        "trial_ends_at": None,
        "billing_anchor": 1,
        "first_subscription_item": {
            "id": 60001,
            "subscription_id": int(subscription_id),
            "price_id": 41,
            "quantity": 1,
            "is_usage_based": False,
            "created_at": AT,
            "updated_at": AT,
        },
        "urls": {
            "update_payment_method": "https://store.lemonsqueezy.com/subscription/70001/payment-details?signature=abc",
            "customer_portal": "https://store.lemonsqueezy.com/billing?signature=abc",
            "customer_portal_update_subscription": "https://store.lemonsqueezy.com/billing/70001/update?signature=abc",
        },
        "renews_at": "2026-04-01T12:00:00.000000Z",
        "ends_at": None,
        "created_at": AT,
        "updated_at": AT,
        "test_mode": False,
    }
    links = ("store", "customer", "order", "order-item", "product", "variant", "subscription-invoices")
    return _resource("subscriptions", subscription_id, attributes | changes, links)


def subscription_invoice(invoice_id: str = "50001", *, subscription_id: int = 70001, **changes: Any) -> dict[str, Any]:
    """Payment events. It names no variant."""
    attributes = {
        "store_id": STORE_ID,
        "subscription_id": subscription_id,
        "customer_id": 31337,
        **BUYER,
        "billing_reason": "initial",
        **_money(1900),
        "status": "paid",
        "status_formatted": "Paid",
        "refunded": False,
        "refunded_at": None,
        "urls": {"invoice_url": "https://app.lemonsqueezy.com/my-orders/1/subscription-invoice/50001?signature=abc"},
        "created_at": AT,
        "updated_at": AT,
        "test_mode": False,
    }
    return _resource("subscription-invoices", invoice_id, attributes | changes, ("store", "subscription", "customer"))


def _event(name: str, build: Callable[..., dict[str, Any]], user_id: object, changes: dict[str, Any]) -> dict[str, Any]:
    ours = {k: changes.pop(k) for k in ("test_mode", "webhook_id", "custom_data") if k in changes}
    if user_id is not None:
        ours["custom_data"] = {"user_id": str(user_id)}
    return envelope(name, build(**changes), **ours)


def _refunded(amount: int, total: int, in_part: str) -> dict[str, Any]:
    whole = amount >= total
    return {
        "status": "refunded" if whole else in_part,
        "refunded": whole,
        "refunded_at": AT,
        "refunded_amount": amount,
    }


def _order_item(order_id: int, variant_id: int, quantity: int) -> dict[str, Any]:
    return {
        "id": 80001,
        "order_id": order_id,
        "product_id": 500,
        "variant_id": variant_id,
        "price_id": 40,
        "product_name": "Credits",
        "variant_name": "Pack of 50",
        "price": 999,
        "quantity": quantity,
        "created_at": AT,
        "updated_at": AT,
        "test_mode": False,
    }


def _money(cents: int) -> dict[str, Any]:
    amounts = {"subtotal": cents, "discount_total": 0, "tax": 0, "total": cents, "refunded_amount": 0}
    usd = {f"{name}_usd": amount for name, amount in amounts.items()}
    formatted = {f"{name}_formatted": f"${amount / 100:.2f}" for name, amount in amounts.items()}
    return {"currency": "USD", "currency_rate": "1.0000", "tax_inclusive": False, **amounts, **usd, **formatted}


def _resource(kind: str, resource_id: str, attributes: dict[str, Any], links: tuple[str, ...]) -> dict[str, Any]:
    here = f"https://api.lemonsqueezy.com/v1/{kind}/{resource_id}"
    relationships = {
        name: {"links": {"related": f"{here}/{name}", "self": f"{here}/relationships/{name}"}} for name in links
    }
    return {
        "type": kind,
        "id": resource_id,
        "attributes": attributes,
        "relationships": relationships,
        "links": {"self": here},
    }

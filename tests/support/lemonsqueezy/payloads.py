"""What LemonSqueezy sends: its events, complete, and its signature over the raw bytes."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

from tests.support.lemonsqueezy.resources import (
    AT,
    Resource,
    affiliate,
    customer,
    license_key,
    order,
    subscription,
    subscription_invoice,
)

Event = dict[str, Any]

SECRET = "a-webhook-secret"

STATES: dict[str, dict[str, Any]] = {
    "cancelled": {"status": "cancelled", "cancelled": True, "ends_at": "2999-04-01T12:00:00.000000Z"},
    "expired": {"status": "expired", "cancelled": True, "ends_at": AT},
    "paused": {"status": "paused", "pause": {"mode": "void", "resumes_at": None}},
}


def to_bytes(envelope: Event) -> bytes:
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
    data: Resource,
    *,
    custom_data: object = None,
    test_mode: bool = False,
    webhook_id: str = "6f1ed5b4-7f5e-4a9f-b1f1-2f7a3d3c0001",
) -> Event:
    """`custom_data` is left out when the checkout had none, as the vendor does."""
    meta: dict[str, Any] = {"test_mode": test_mode, "event_name": event_name, "webhook_id": webhook_id}
    if custom_data is not None:
        meta["custom_data"] = custom_data
    return {"meta": meta, "data": data}


def order_created(user_id: object = None, **changes: Any) -> Event:
    """A paid pack for that user. `changes`: of the envelope (test_mode, webhook_id, custom_data) or of the order."""
    return _event("order_created", order, user_id, changes)


def order_refunded(user_id: object = None, *, refunded_amount: int = 999, **changes: Any) -> Event:
    """So much of 999 cents given back until now."""
    changes = refunded(refunded_amount, 999, "partial_refund") | changes
    return _event("order_refunded", order, user_id, changes)


def subscription_event(what: str, user_id: object = None, **changes: Any) -> Event:
    """`what` happened to it, as in "created" or "plan_changed"; the status goes with that."""
    return _event(f"subscription_{what}", subscription, user_id, STATES.get(what, {}) | changes)


def payment(what: str, user_id: object = None, **changes: Any) -> Event:
    """`what`: "success", "recovered" or "failed"; of an invoice of 1900 cents."""
    status = {"status": "pending", "status_formatted": "Pending"} if what == "failed" else {}
    return _event(f"subscription_payment_{what}", subscription_invoice, user_id, status | changes)


def payment_refunded(user_id: object = None, *, refunded_amount: int = 1900, **changes: Any) -> Event:
    """So much of 1900 cents given back until now."""
    changes = refunded(refunded_amount, 1900, "partial_refunded") | changes
    return _event("subscription_payment_refunded", subscription_invoice, user_id, changes)


def license_key_event(what: str, user_id: object = None, **changes: Any) -> Event:
    """`what`: "created" or "updated"."""
    return _event(f"license_key_{what}", license_key, user_id, changes)


def affiliate_activated(**changes: Any) -> Event:
    return _event("affiliate_activated", affiliate, None, changes)


def customer_updated(**changes: Any) -> Event:
    return _event("customer_updated", customer, None, changes)


def refunded(amount: int, total: int, in_part: str, at: str = AT) -> dict[str, Any]:
    """What of a purchase changes. `in_part`: its status while some is left, a word that orders have of their own."""
    whole = amount >= total
    return {
        "status": "refunded" if whole else in_part,
        "refunded": whole,
        "refunded_at": at,
        "refunded_amount": amount,
    }


def _event(name: str, build: Callable[..., Resource], user_id: object, changes: dict[str, Any]) -> Event:
    ours = {k: changes.pop(k) for k in ("test_mode", "webhook_id", "custom_data") if k in changes}
    if user_id is not None:
        ours["custom_data"] = {"user_id": str(user_id)}
    return envelope(name, build(**changes), **ours)

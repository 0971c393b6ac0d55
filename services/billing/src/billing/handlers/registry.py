"""What is done about which event: one function and one line each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from billing.handlers.orders import order_created
from billing.handlers.payments import payment_failed, payment_succeeded
from billing.handlers.refunds import order_refunded, payment_refunded
from billing.handlers.subscriptions import subscription_changed
from billing.plans import Shop
from billing.queries import WebhookEvent
from billing.verdicts import Verdict
from common.db import Tx
from common.outbox import Outbox

Handler = Callable[[Tx, Outbox, Shop, WebhookEvent], Awaitable[Verdict]]

HANDLERS: dict[str, Handler] = {
    "order_created": order_created,
    "order_refunded": order_refunded,
    "subscription_created": subscription_changed,
    "subscription_updated": subscription_changed,
    "subscription_plan_changed": subscription_changed,
    "subscription_cancelled": subscription_changed,
    "subscription_resumed": subscription_changed,
    "subscription_expired": subscription_changed,
    "subscription_paused": subscription_changed,
    "subscription_unpaused": subscription_changed,
    "subscription_payment_success": payment_succeeded,
    "subscription_payment_recovered": payment_succeeded,
    "subscription_payment_failed": payment_failed,
    "subscription_payment_refunded": payment_refunded,
}
"""Any other event is stored and ignored."""

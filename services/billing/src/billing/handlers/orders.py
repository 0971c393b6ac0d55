"""Orders: packs of credits. A subscription's first order is its first invoice too, and that one grants."""

from __future__ import annotations

from billing import lemonsqueezy, queries
from billing.handlers.buyers import NOBODY, find_buyer
from billing.payloads import OrderEvent
from billing.plans import Shop
from billing.queries import WebhookEvent
from billing.verdicts import Verdict
from common.db import Tx
from common.events import CreditsChanged
from common.ids import uuid7
from common.outbox import Outbox


async def order_created(tx: Tx, outbox: Outbox, shop: Shop, delivery: WebhookEvent) -> Verdict:
    """A paid order of a pack becomes credits, once for an order, whatever envelope tells of it."""
    event = lemonsqueezy.read(OrderEvent, delivery.body)
    order, item = event.data, event.data.attributes.first_order_item
    if order.attributes.status != "paid":
        return Verdict("ignored", "the order is not paid")
    if item.variant_id in shop.plans:
        await queries.store_plan(tx, order.reference, order.attributes.created_at, item.variant_id)
        return Verdict("ignored", "its first invoice grants what a subscription's first order bought")
    credits_each = shop.packs.get(item.variant_id)
    if credits_each is None:
        return Verdict("ignored", f"variant {item.variant_id} is not sold here")
    user_id = await find_buyer(tx, event.meta)
    if user_id is None:
        return Verdict("unmatched", NOBODY)
    await queries.store_order(tx, order.reference)
    note = f"variant {item.variant_id}, {item.quantity} bought"
    amount = credits_each * item.quantity
    if not await queries.grant(tx, uuid7(), user_id, amount, "pack", order.reference, note):
        return Verdict("ignored", "this order is in the ledger already")
    await queries.wake(tx, order.reference)
    await outbox.add(tx, CreditsChanged(user_id=user_id))
    return Verdict("applied")

"""Money that was given back takes its part of the credits along. A refund waits for the purchase it undoes."""

from __future__ import annotations

from billing import lemonsqueezy, queries
from billing.payloads import InvoiceEvent, OrderEvent, Refundable
from billing.plans import Shop
from billing.queries import WebhookEvent
from billing.verdicts import Verdict, waits
from common.db import Tx
from common.events import CreditsChanged
from common.ids import uuid7
from common.outbox import Outbox


async def payment_refunded(tx: Tx, outbox: Outbox, _shop: Shop, delivery: WebhookEvent) -> Verdict:
    invoice = lemonsqueezy.read(InvoiceEvent, delivery.body).data
    if await queries.paid_purchase(tx, invoice.reference) is None:
        return waits(invoice.reference)
    return await _take_back(tx, outbox, invoice.reference, invoice.attributes)


async def order_refunded(tx: Tx, outbox: Outbox, shop: Shop, delivery: WebhookEvent) -> Verdict:
    """Of a subscription's first order, the invoice's credits go: once, whichever event tells of it."""
    order = lemonsqueezy.read(OrderEvent, delivery.body).data
    purchase = await queries.paid_purchase(tx, order.reference)
    if purchase is not None:
        return await _take_back(tx, outbox, purchase, order.attributes)
    variant_id = order.attributes.first_order_item.variant_id
    if variant_id in shop.packs or variant_id in shop.plans:
        return waits(order.reference)
    return Verdict("ignored", f"variant {variant_id} is not sold here")


async def _take_back(tx: Tx, outbox: Outbox, purchase: str, facts: Refundable) -> Verdict:
    result = await queries.take_back(tx, uuid7(), purchase, facts.refunded_in_all, facts.total)
    if result.user_id is None:
        return Verdict("ignored", "no more was refunded than before, or the purchase brought no credits")
    if result.taken:
        await outbox.add(tx, CreditsChanged(user_id=result.user_id))
    return Verdict("applied", f"{result.short} credits were spent already" if result.short else None)

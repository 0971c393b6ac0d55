"""Which webhooks would have to be told of a resource that nothing, or less, is known of."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from billing.payloads import Invoice, Order, Subscription
from billing.plans import Shop
from billing.reconciliation import queries, resources
from billing.reconciliation.queries import Known
from billing.reconciliation.resources import Found
from common.db import Tx

OF_INVOICES = ("subscription_payment_success", "subscription_payment_refunded")
OF_ORDERS = ("order_created", "order_refunded")


@dataclass(frozen=True, slots=True)
class Event:
    """As if it had been delivered."""

    name: str
    reference: str
    body: bytes


async def of(tx: Tx, shop: Shop, found: Found) -> list[Event]:
    """What is missing, in the order in which it happened. Nothing of another store or mode."""
    if found.about.test_mode not in {None, shop.test_mode} or shop.store_id not in {None, found.about.store_id}:
        return []
    told = await _untold(tx, shop, found)
    return [event for event in told if not await queries.is_stored(tx, event.body)]


async def _untold(tx: Tx, shop: Shop, found: Found) -> list[Event]:
    if isinstance(found.sold, Subscription):
        return await _subscription(tx, shop, found, found.sold)
    if isinstance(found.sold, Invoice):
        known = await queries.known_invoice(tx, found.reference)
        return _purchase(shop, found, found.sold, known, OF_INVOICES)
    return await _order(tx, shop, found, found.sold)


async def _subscription(tx: Tx, shop: Shop, found: Found, sold: Subscription) -> list[Event]:
    if await queries.knows_subscription(tx, sold):
        return []
    user_id = await queries.user_of(tx, found.about.customer_id, found.about.user_email)
    return [_event("subscription_updated", shop, found, sold, user_id)]


async def _order(tx: Tx, shop: Shop, found: Found, sold: Order) -> list[Event]:
    variant_id = sold.attributes.first_order_item.variant_id
    if variant_id in shop.plans:
        known, user_id = await queries.known_plan_order(tx, found.reference), None
    elif variant_id in shop.packs:
        known = await queries.known_pack(tx, found.reference)
        user_id = await queries.user_of(tx, found.about.customer_id, found.about.user_email)
    else:
        return []
    return _purchase(shop, found, sold, known, OF_ORDERS, user_id)


def _purchase(
    shop: Shop,
    found: Found,
    sold: Order | Invoice,
    known: Known,
    names: tuple[str, str],
    user_id: UUID | None = None,
) -> list[Event]:
    paid, refunded = names
    events = []
    if resources.was_paid(sold.attributes) and not known.paid:
        events.append(_event(paid, shop, found, resources.as_paid(sold), user_id))
    if sold.attributes.refunded_in_all > known.refunded_cents and (known.paid or events):
        events.append(_event(refunded, shop, found, sold, user_id))
    return events


def _event(name: str, shop: Shop, found: Found, sold: Subscription | Order | Invoice, user_id: UUID | None) -> Event:
    return Event(name, found.reference, resources.body(name, sold, test_mode=shop.test_mode, user_id=user_id))

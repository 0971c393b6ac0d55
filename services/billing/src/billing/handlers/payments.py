"""A subscription's payments: the plan's credits for a period that was paid, grace for one that was not."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from billing import lemonsqueezy, queries, tier_changes
from billing.handlers.buyers import NOBODY, find_buyer
from billing.payloads import Invoice, InvoiceEvent
from billing.plans import Plan, Shop
from billing.queries import KnownSubscription, PlanAt, WebhookEvent
from billing.verdicts import Verdict, waits
from common.db import Tx
from common.events import CreditsChanged
from common.ids import uuid7
from common.outbox import Outbox

PERIODS = ("initial", "renewal")
"""The reasons for an invoice that begin a period. A change of plan does not: toggling plans would farm credits."""


PATIENCE = timedelta(minutes=5)
"""For how long a payment waits to hear which plan it was for: the vendor's last try comes after 155 s."""


async def payment_succeeded(tx: Tx, outbox: Outbox, shop: Shop, delivery: WebhookEvent) -> Verdict:
    """Once for an invoice, whether it was paid at first or recovered later."""
    event = lemonsqueezy.read(InvoiceEvent, delivery.body)
    invoice = event.data
    if invoice.attributes.status != "paid":
        return Verdict("ignored", "the invoice is not paid")
    subscription = await queries.known_subscription(tx, str(invoice.attributes.subscription_id))
    if subscription is None:
        return waits(f"subscription:{invoice.attributes.subscription_id}")
    user_id = await find_buyer(tx, event.meta, subscription.user_id)
    if user_id is None:
        return Verdict("unmatched", NOBODY)
    paid_for = await _plan(tx, invoice, subscription)
    if not (paid_for.certain or delivery.reconciled) and delivery.age < PATIENCE:
        return Verdict("waits", "its plan at that time is not known yet", f"subscription:{subscription.id}")
    plan = shop.plans.get(paid_for.variant_id)
    if plan is None:
        return Verdict("unmatched", f"variant {paid_for.variant_id} is no plan here")
    await _store_paid(tx, invoice, subscription)
    await tier_changes.derive(tx, outbox, subscription.user_id or user_id, shop.grace)
    return await _grant(tx, outbox, invoice, plan, user_id)


async def _plan(tx: Tx, invoice: Invoice, subscription: KnownSubscription) -> PlanAt:
    """Of the invoice's own time: the plan may have changed before it was heard of."""
    ordered = await queries.ordered_plan(tx, subscription.order_id) if invoice.is_first else None
    return ordered or await queries.plan_at(tx, subscription.id, invoice.attributes.created_at)


async def _store_paid(tx: Tx, invoice: Invoice, subscription: KnownSubscription) -> None:
    """Refunds that came first are due then."""
    of_first_order = invoice.is_first and subscription.order_id is not None
    order_reference = f"order:{subscription.order_id}" if of_first_order else None
    await queries.store_invoice(
        tx, invoice.reference, subscription.id, order_reference=order_reference, paid_at=invoice.attributes.updated_at
    )
    await queries.wake(tx, invoice.reference, *filter(None, [order_reference]))


async def _grant(tx: Tx, outbox: Outbox, invoice: Invoice, plan: Plan, user_id: UUID) -> Verdict:
    facts = invoice.attributes
    if facts.billing_reason not in PERIODS:
        return Verdict("ignored", "the invoice begins no period, and brings no credits")
    if facts.total == 0 and not plan.free_grants:
        return Verdict("ignored", "the invoice is of 0, for which this plan brings no credits")
    note = f"{facts.billing_reason} of subscription {facts.subscription_id}"
    if not await queries.grant(tx, uuid7(), user_id, plan.credits, "plan", invoice.reference, note):
        return Verdict("ignored", "this invoice is in the ledger already")
    await outbox.add(tx, CreditsChanged(user_id=user_id))
    return Verdict("applied")


async def payment_failed(tx: Tx, outbox: Outbox, shop: Shop, delivery: WebhookEvent) -> Verdict:
    """The tier stays for the days of grace that follow the first failure, or until a payment goes through."""
    event = lemonsqueezy.read(InvoiceEvent, delivery.body)
    facts = event.data.attributes
    subscription = await queries.known_subscription(tx, str(facts.subscription_id))
    if subscription is None:
        return waits(f"subscription:{facts.subscription_id}")
    user_id = await find_buyer(tx, event.meta, subscription.user_id)
    if user_id is None:
        return Verdict("unmatched", NOBODY)
    await queries.store_invoice(tx, event.data.reference, subscription.id, failed_at=facts.updated_at)
    await tier_changes.derive(tx, outbox, subscription.user_id or user_id, shop.grace)
    return Verdict("applied")

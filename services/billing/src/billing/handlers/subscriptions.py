"""Subscriptions: each event carries the whole of one, so that its name says nothing that its status does not."""

from __future__ import annotations

from billing import lemonsqueezy, queries, tier_changes
from billing.handlers.buyers import NOBODY, find_buyer
from billing.payloads import SubscriptionEvent
from billing.plans import Shop
from billing.queries import WebhookEvent
from billing.verdicts import Verdict
from common.db import Tx
from common.outbox import Outbox


async def subscription_changed(tx: Tx, outbox: Outbox, shop: Shop, delivery: WebhookEvent) -> Verdict:
    """Takes over the newest state, ordered by the vendor's `updated_at`; payments that waited for it are due."""
    event = lemonsqueezy.read(SubscriptionEvent, delivery.body)
    subscription, reference = event.data, f"subscription:{event.data.id}"
    plan = shop.plans.get(subscription.attributes.variant_id)
    if plan is None:
        return Verdict("unmatched", f"variant {subscription.attributes.variant_id} is no plan here")
    known = await queries.known_subscription(tx, subscription.id)
    buyer = await find_buyer(tx, event.meta, known.user_id if known else None)
    if buyer is None:
        return Verdict("unmatched", NOBODY, waits_for=reference)
    facts = subscription.attributes
    await queries.store_plan(tx, reference, facts.updated_at, facts.variant_id)
    await queries.wake(tx, reference)
    user_id = await queries.store_subscription(tx, subscription, buyer, plan.tier)
    if user_id is None:
        return Verdict("ignored", "a newer state of this subscription is known")
    await tier_changes.derive(tx, outbox, user_id, shop.grace)
    return Verdict("applied")

"""Billing: LemonSqueezy's webhooks in, tiers and credits out."""

from __future__ import annotations

from datetime import timedelta

import httpx2
from fastapi.middleware import Middleware

from billing import audit
from billing.lemonsqueezy_api import TIMEOUT, LemonSqueezyApi
from billing.reconciliation import reconciler
from billing.reconciliation.reconciler import Reconciler
from billing.sales import Sales
from billing.settings import Settings
from billing.tier_changes import LAPSES_EVERY_S, end_lapsed
from billing.webhooks import LIMIT_BYTES, lemonsqueezy_webhooks
from billing.worker import Worker
from common import problems
from common.body_limit import BodyLimit
from common.requests import CHECKOUT, OFFERS, PORTAL, CheckoutRequest, OffersRequest, PortalRequest
from common.service import Service, start

LINKS_AT_ONCE = 8


def build(settings: Settings) -> Service:
    service = Service("billing", settings)
    shop = settings.shop
    worker = Worker(service.db, service.outbox, shop)

    service.http.user_middleware.append(Middleware(BodyLimit, limit_bytes=LIMIT_BYTES))
    problems.install(service.http)
    service.http.include_router(lemonsqueezy_webhooks(service.db, settings.lemonsqueezy_webhook_secret, worker.wake))
    vendor = _vendor(service, settings)
    _answer(service, Sales(service.db, shop, vendor))
    service.background("webhooks", worker.run)
    service.every(reconciler.LOOK_S, "reconciliation", _reconciler(service, settings, vendor, worker).look)
    service.every(audit.EVERY_S, "audit", audit.Auditor(service.db).look)
    service.every(LAPSES_EVERY_S, "lapses", lambda: end_lapsed(service.db, service.outbox, shop.grace))
    return service


def _vendor(service: Service, settings: Settings) -> LemonSqueezyApi | None:
    key, store_id = settings.lemonsqueezy_api_key, settings.lemonsqueezy_store_id
    if key is None or store_id is None:
        return None
    client = httpx2.AsyncClient(base_url=str(settings.lemonsqueezy_api_url), timeout=TIMEOUT)
    service.on_close(client.aclose)
    return LemonSqueezyApi(client, key, store_id)


def _reconciler(service: Service, settings: Settings, vendor: LemonSqueezyApi | None, worker: Worker) -> Reconciler:
    return Reconciler(
        service.db,
        settings.shop,
        vendor,
        worker.wake,
        every=timedelta(minutes=settings.reconcile_minutes),
        horizon=timedelta(days=settings.reconcile_days),
    )


def _answer(service: Service, sales: Sales) -> None:
    service.bus.answer(OFFERS, OffersRequest, sales.offers, at_once=1)
    service.bus.answer(CHECKOUT, CheckoutRequest, sales.checkout, at_once=LINKS_AT_ONCE)
    service.bus.answer(PORTAL, PortalRequest, sales.portal, at_once=LINKS_AT_ONCE)


if __name__ == "__main__":
    start(Settings, build)

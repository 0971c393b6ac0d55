"""Billing: LemonSqueezy's webhooks in, tiers and credits out."""

from __future__ import annotations

from fastapi.middleware import Middleware

from billing import audit
from billing.settings import Settings
from billing.tier_changes import LAPSES_EVERY_S, end_lapsed
from billing.webhooks import LIMIT_BYTES, lemonsqueezy_webhooks
from billing.worker import Worker
from common import problems
from common.body_limit import BodyLimit
from common.service import Service, start


def build(settings: Settings) -> Service:
    service = Service("billing", settings)
    shop = settings.shop
    worker = Worker(service.db, service.outbox, shop)

    service.http.user_middleware.append(Middleware(BodyLimit, limit_bytes=LIMIT_BYTES))
    problems.install(service.http)
    service.http.include_router(lemonsqueezy_webhooks(service.db, settings.lemonsqueezy_webhook_secret, worker.wake))
    service.background("webhooks", worker.run)
    service.every(audit.EVERY_S, "audit", audit.Auditor(service.db).look)
    service.every(LAPSES_EVERY_S, "lapses", lambda: end_lapsed(service.db, service.outbox, shop.grace))
    return service


if __name__ == "__main__":
    start(Settings, build)

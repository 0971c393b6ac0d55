"""LemonSqueezy: the webhook's secret, the key, the store, and what is sold."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2

from billing.lemonsqueezy_api import TIMEOUT, LemonSqueezyApi
from billing.settings import Settings
from common.errors import WorkError
from common.settings import SettingsError
from vision3.doctor.findings import Finding, off, ok, warning, wrong
from vision3.doctor.subject import Subject


async def check(subject: Subject) -> AsyncIterator[Finding]:
    try:
        settings = subject.settings(Settings)
    except SettingsError as error:
        for line in str(error).splitlines():
            yield wrong("LemonSqueezy", line)
        return
    yield _webhook(settings)
    yield await _key(settings)
    sold = len(settings.plans) + len(settings.packs)
    if sold:
        yield ok("what is sold", f"{len(settings.plans)} plans, {len(settings.packs)} packs")
    else:
        yield off("what is sold", "nothing: set VISION3_PLANS and VISION3_PACKS")


def _webhook(settings: Settings) -> Finding:
    what = "LemonSqueezy's webhook"
    if settings.lemonsqueezy_webhook_secret is None:
        return off(what, "answers 404, and nothing that is paid for arrives: set VISION3_LEMONSQUEEZY_WEBHOOK_SECRET")
    if settings.lemonsqueezy_test_mode:
        return warning(what, "test purchases count like real ones: unset VISION3_LEMONSQUEEZY_TEST_MODE to refuse them")
    return ok(what, "its secret has the right form; whether it is the store's, the first webhook will tell")


async def _key(settings: Settings) -> Finding:
    what = "LemonSqueezy's API"
    if settings.lemonsqueezy_api_key is None or settings.lemonsqueezy_store_id is None:
        return off(what, "nothing can be bought or reconciled: set VISION3_LEMONSQUEEZY_API_KEY and …_STORE_ID")
    async with httpx2.AsyncClient(base_url=str(settings.lemonsqueezy_api_url), timeout=TIMEOUT) as client:
        api = LemonSqueezyApi(client, settings.lemonsqueezy_api_key, settings.lemonsqueezy_store_id)
        try:
            await api.check()
        except WorkError as error:
            return wrong(what, f"{error.detail} (VISION3_LEMONSQUEEZY_API_URL: {settings.lemonsqueezy_api_url})")
    return ok(what, f"the key reads store {settings.lemonsqueezy_store_id}")

"""Clerk: whose tokens count, and the secret of its webhooks."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2

from common.settings import SettingsError
from gateway.settings import Settings
from vision3.doctor.findings import Finding, off, ok, warning, wrong
from vision3.doctor.subject import Subject

TIMEOUT_S = 5.0


async def check(subject: Subject) -> AsyncIterator[Finding]:
    try:
        settings = subject.settings(Settings)
    except SettingsError as error:
        for line in str(error).splitlines():
            yield wrong("gateway's settings", line)
        return
    yield await _keys(settings.jwks_url)
    if not settings.clerk_authorized_parties:
        yield warning("Clerk's tokens", "count from any origin: set VISION3_CLERK_AUTHORIZED_PARTIES")
    if settings.clerk_webhook_secret is None:
        yield off("Clerk's webhook", "e-mails and deletions stay unknown: set VISION3_CLERK_WEBHOOK_SECRET")
    else:
        yield ok("Clerk's webhook", "its secret has the right form")


async def _keys(url: str) -> Finding:
    try:
        async with httpx2.AsyncClient(timeout=TIMEOUT_S) as client:
            keys = (await client.get(url)).raise_for_status().json()["keys"]
    except (httpx2.HTTPError, ValueError, KeyError, TypeError) as error:
        return wrong("Clerk's keys", f"none at {url} ({type(error).__name__}): see VISION3_CLERK_ISSUER, …_JWKS_URL")
    return ok("Clerk's keys", f"{len(keys)} at {url}") if keys else wrong("Clerk's keys", f"there are none at {url}")

"""Clerk's door: verify, apply, answer. It tells of changes late, twice and in any order, and again until it is heard.

Once the signature fits, everything but an outage is a 204: what can't be read now could not be read later either.
"""

from __future__ import annotations

import structlog
from fastapi import APIRouter, Request
from pydantic import SecretStr

from common.errors import Malformed, Problem
from common.problems import not_found
from gateway import clerk, use_cases
from gateway.parts import Gateway
from gateway.svix import is_signed

log = structlog.get_logger()
router = APIRouter(include_in_schema=False)  # the document is for clients


@router.post("/webhooks/clerk", status_code=204)
async def receive(gateway: Gateway, request: Request) -> None:
    """Without a secret there is no such endpoint."""
    body = await _verified_body(request, gateway.clerk_webhook_secret)
    try:
        event = clerk.read(body)
    except Malformed as error:
        log.warning("clerk.ignored", type=clerk.event_type(body), reason=error.code)
        return
    async with gateway.db.tx() as tx:
        changed = await use_cases.hear(tx, gateway.outbox, event)
    gateway.users.forget(event.data.id)
    log.info("clerk.applied" if changed else "clerk.known", type=event.type)


async def _verified_body(request: Request, secret: SecretStr | None) -> bytes:
    if secret is None:
        raise not_found()
    body = await request.body()
    if not is_signed(body, request.headers, secret.get_secret_value()):
        raise Problem(401, "unauthenticated", "no Svix signature fits this body at this time")
    return body

"""LemonSqueezy's door: verify, store once, answer. The work comes later, from the rows.

Only 200 counts as received there, and after four tries an event is gone for good: once the signature fits, everything
but an outage is a 200.
"""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, Request, Response
from pydantic import SecretStr

from billing import use_cases
from billing.lemonsqueezy import is_signed
from common.db import Database
from common.errors import Problem

LIMIT_BYTES = 256 * 1024
STORE_BUDGET_S = 2.5


def lemonsqueezy_webhooks(db: Database, secret: SecretStr | None, wake: Callable[[], None]) -> APIRouter:
    """`secret` None: there is no such endpoint. `wake` is called once a delivery is stored."""
    router = APIRouter()

    @router.post("/webhooks/lemonsqueezy")
    async def receive(request: Request) -> Response:
        body = await _verified_body(request, secret)
        async with db.tx(budget_s=STORE_BUDGET_S) as tx:
            await use_cases.receive(tx, body)
            tx.after_commit(wake)
        return Response()

    return router


async def _verified_body(request: Request, secret: SecretStr | None) -> bytes:
    if secret is None:
        raise Problem(404, "not_found", "webhooks are not configured here")
    body = await request.body()
    if not is_signed(body, request.headers.get("x-signature"), secret.get_secret_value()):
        raise Problem(401, "unauthenticated", "X-Signature does not fit the body")
    return body

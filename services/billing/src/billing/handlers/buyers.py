"""Whose event it is."""

from __future__ import annotations

from uuid import UUID

from billing import queries
from billing.lemonsqueezy import Meta
from common.db import Tx

NOBODY = "neither its custom data nor its subscription names a user who is here"


async def find_buyer(tx: Tx, meta: Meta, known: UUID | None = None) -> UUID | None:
    """Whom the checkout's custom data names; else `known`, the subscription's user. Nobody who was erased."""
    for user_id in (meta.user_id, known):
        if user_id is not None and await queries.user_exists(tx, user_id):
            return user_id
    return None

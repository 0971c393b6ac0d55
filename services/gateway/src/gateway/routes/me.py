"""The caller's own account."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends

from gateway import queries
from gateway.auth import unauthenticated
from gateway.following import EventStream
from gateway.paging import PageOf, paged
from gateway.parts import CurrentUser, Gateway
from gateway.schemas import CreditEntry, Me, Page

router = APIRouter(prefix="/api/me")


@router.get("")
async def show_me(gateway: Gateway, user: CurrentUser) -> Me:
    async with gateway.db.tx_as(user.id) as tx:
        row = await queries.me(tx)
    if row is None:
        raise unauthenticated()
    return Me.model_validate(row)


@router.get("/events", response_class=EventStream)
async def follow_me(gateway: Gateway, user: CurrentUser) -> EventStream:
    """Credits, and generations that have finished."""
    return EventStream("me", partial(gateway.live.follow, user.id, user.id, partial(gateway.states.me, user.id)), user)


@router.get("/credits")
async def list_credits(
    gateway: Gateway, user: CurrentUser, page: Annotated[PageOf, Depends(paged("credits"))]
) -> Page[CreditEntry]:
    async with gateway.db.tx_as(user.id) as tx:
        rows = await queries.credit_entries(tx, page.below, page.limit + 1)
    return page.of([CreditEntry.model_validate(row) for row in rows])

"""The caller's own account."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends

from gateway import queries
from gateway.answers import event_stream, problems, success
from gateway.auth import unauthenticated
from gateway.following import EventStream
from gateway.paging import PageOf, paged
from gateway.parts import CurrentUser, Gateway
from gateway.schemas import CreditEntry, Me, MeNow, Page

router = APIRouter(prefix="/api/me", tags=["account"])


@router.get("", responses=problems())
async def show_me(gateway: Gateway, user: CurrentUser) -> Me:
    """The account; made at first sight, with the credits of signup."""
    async with gateway.db.tx_as(user.id) as tx:
        row = await queries.me(tx)
    if row is None:
        raise unauthenticated()
    return Me.model_validate(row)


@router.get(
    "/events",
    status_code=200,
    response_class=EventStream,
    responses={
        **success(200, "The account now, then each change", content=event_stream("me", MeNow)),
        **problems("too_many_streams"),
    },
)
async def follow_me(gateway: Gateway, user: CurrentUser) -> EventStream:
    """Credits, and generations that have finished. Ends after 60 seconds or with the token."""
    return EventStream("me", partial(gateway.live.follow, user.id, user.id, partial(gateway.states.me, user.id)), user)


@router.get("/credits", responses=problems("invalid_request"))
async def list_credits(
    gateway: Gateway, user: CurrentUser, page: Annotated[PageOf, Depends(paged("credits"))]
) -> Page[CreditEntry]:
    """The ledger, newest first: its amounts add up to the balance."""
    async with gateway.db.tx_as(user.id) as tx:
        rows = await queries.credit_entries(tx, page.below, page.limit + 1)
    return page.of([CreditEntry.model_validate(row) for row in rows])

"""The caller's own account."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends

from gateway import queries, use_cases
from gateway.answers import LIMITED, event_stream, problems, success
from gateway.auth import unauthenticated
from gateway.bodies import documented_body, json_body
from gateway.following import EventStream
from gateway.paging import PageOf, paged
from gateway.parts import CurrentUser, Gateway, LimitedUser
from gateway.schemas import CreditEntry, Leaving, Me, MeNow, Page

router = APIRouter(prefix="/api/me", tags=["account"])


@router.get("", responses=problems())
async def show_me(gateway: Gateway, user: CurrentUser) -> Me:
    """The account; made at first sight, with the credits of signup."""
    async with gateway.db.tx_as(user.id) as tx:
        row = await queries.me(tx)
    if row is None:
        raise unauthenticated()
    return Me.model_validate(row)


@router.delete(
    "",
    status_code=204,
    responses={**success(204, "There is no such account any more", *LIMITED), **problems("invalid_request")},
    openapi_extra=documented_body(Leaving),
)
async def delete_me(
    gateway: Gateway, user: LimitedUser, _meant: Annotated[Leaving, Depends(json_body(Leaving))]
) -> None:
    """Gone at once, for good: no token of this person is taken again. What is stored of them goes within minutes.

    Pending generations are cancelled, credits are lost, and a running plan has to be ended at /api/me/portal before.
    """
    async with gateway.db.tx() as tx:
        await use_cases.leave(tx, gateway.outbox, user.clerk_id)
    gateway.users.forget(user.clerk_id)


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

"""Generations: ask for one, look at one, follow one, list and delete them."""

from __future__ import annotations

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from common.problems import not_found
from gateway import queries, use_cases
from gateway.answers import LIMITED, event_stream, problems, success
from gateway.auth import User
from gateway.bodies import documented_body, json_body
from gateway.filters import WantedListing
from gateway.following import EventStream, Follow, answer, next_state
from gateway.parts import CurrentUser, Gateway, LimitedUser, Parts
from gateway.repeated import only_value, whole_list
from gateway.schemas import Accepted, Generation, NewGeneration, Page

router = APIRouter(prefix="/api/generations", tags=["generations"])

Wanted = Annotated[NewGeneration, Depends(json_body(NewGeneration))]
Wait = Annotated[int, Query(ge=0, le=25, description="seconds to wait for another state, or for the end")]
Known = Annotated[str | None, Header(alias="If-None-Match", description="the ETag of the state that you have")]
Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[!-~]{1,255}$",
        description="the same key never charges twice: it gets the first answer again, for 7 days",
    ),
]


@router.post(
    "",
    status_code=202,
    responses={
        **success(202, "It was charged, and will end COMPLETED or FAILED", "Location", *LIMITED),
        **problems("invalid_request", "idempotency_key_reused", "insufficient_credits", "too_many_pending", "busy"),
    },
    openapi_extra=documented_body(NewGeneration),
)
async def request_generation(
    gateway: Gateway, user: LimitedUser, wanted: Wanted, request: Request, response: Response, key: Key = None
) -> Accepted:
    """Thumbnails (3 to 5, a credit each) with five titles, or five titles alone for one credit.

    What is not delivered is refunded when the generation ends, which is within 180 seconds.
    """
    await gateway.pressure.check()
    order = use_cases.order(wanted, key and only_value(request, "Idempotency-Key"))
    accepted = await use_cases.request_generation(
        gateway.db, user.id, gateway.outbox, order, max_pending=gateway.max_pending
    )
    response.headers["Location"] = f"/api/generations/{accepted.generation_id}"
    return accepted


@router.get("", responses=problems("invalid_request"))
async def list_generations(gateway: Gateway, user: CurrentUser, listing: WantedListing) -> Page[Generation]:
    """One's own, newest first."""
    page = listing.page
    async with gateway.db.tx_as(user.id) as tx:
        rows = await queries.generations(tx, listing.wanted, page.below, page.limit + 1)
    return page.of([gateway.views.generation(row) for row in rows])


@router.get(
    "/{generation_id}",
    response_model=Generation,
    responses={
        **success(200, "As it is now", "ETag", "Retry-After"),
        **success(304, "It is as you know it", "ETag", "Retry-After"),
        **problems("not_found", "invalid_request", "too_many_streams"),
    },
)
async def show_generation(
    gateway: Gateway, user: CurrentUser, generation_id: UUID, request: Request, wait: Wait = 0, known: Known = None
) -> Response:
    """With `wait`: answers as soon as it differs from If-None-Match, without that once it has ended."""
    known = known and whole_list(request, "If-None-Match")
    if wait:
        state = await next_state(_follow(gateway, user, generation_id), user, wait, known)
    else:
        state = await gateway.states.generation(user.id, generation_id)
    return answer(state, known, waited=wait > 0)


@router.get(
    "/{generation_id}/events",
    status_code=200,
    response_class=EventStream,
    responses={
        **success(200, "The state now, then each other one", content=event_stream("generation", Generation)),
        **problems("not_found", "too_many_streams"),
    },
)
async def follow_generation(gateway: Gateway, user: CurrentUser, generation_id: UUID) -> EventStream:
    """Ends with the generation, after 60 seconds, or with the token: come again with a fresh one."""
    return EventStream("generation", _follow(gateway, user, generation_id), user)


def _follow(gateway: Parts, user: User, generation_id: UUID) -> Follow:
    read = partial(gateway.states.generation, user.id, generation_id)
    return partial(gateway.live.follow, generation_id, user.id, read)


@router.delete(
    "/{generation_id}",
    status_code=204,
    responses={**success(204, "It is gone", *LIMITED), **problems("not_found")},
)
async def delete_generation(gateway: Gateway, user: LimitedUser, generation_id: UUID) -> None:
    """Gone at once. A pending one is cancelled: what was not made is refunded within seconds."""
    async with gateway.db.tx_as(user.id) as tx:
        if not await queries.delete_generation(tx, generation_id):
            raise not_found()

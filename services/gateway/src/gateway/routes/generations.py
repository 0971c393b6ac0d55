"""Generations: ask for one, look at one, follow one, list and delete them."""

from __future__ import annotations

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Response

from common.problems import not_found
from gateway import queries, use_cases
from gateway.auth import User
from gateway.bodies import json_body
from gateway.filters import WantedListing
from gateway.following import EventStream, Follow, answer, next_state
from gateway.parts import CurrentUser, Gateway, LimitedUser, Parts
from gateway.schemas import Accepted, Generation, NewGeneration, Page

router = APIRouter(prefix="/api/generations")

Wanted = Annotated[NewGeneration, Depends(json_body(NewGeneration))]
Wait = Annotated[int, Query(ge=0, le=25, description="seconds to wait for another state, or for the end")]
Known = Annotated[str | None, Header(alias="If-None-Match")]
Key = Annotated[str | None, Header(alias="Idempotency-Key", pattern=r"^[!-~]{1,255}$")]


@router.post("", status_code=202)
async def request_generation(
    gateway: Gateway, user: LimitedUser, wanted: Wanted, response: Response, key: Key = None
) -> Accepted:
    await gateway.pressure.check()
    order = use_cases.order(wanted, key)
    accepted = await use_cases.request_generation(
        gateway.db, user.id, gateway.outbox, order, max_pending=gateway.max_pending
    )
    response.headers["Location"] = f"/api/generations/{accepted.generation_id}"
    return accepted


@router.get("")
async def list_generations(gateway: Gateway, user: CurrentUser, listing: WantedListing) -> Page[Generation]:
    page = listing.page
    async with gateway.db.tx_as(user.id) as tx:
        rows = await queries.generations(tx, listing.wanted, page.below, page.limit + 1)
    return page.of([gateway.views.generation(row) for row in rows])


@router.get("/{generation_id}", response_model=Generation, responses={304: {"description": "As you know it"}})
async def show_generation(
    gateway: Gateway, user: CurrentUser, generation_id: UUID, wait: Wait = 0, known: Known = None
) -> Response:
    if wait:
        state = await next_state(_follow(gateway, user, generation_id), user, wait, known)
    else:
        state = await gateway.states.generation(user.id, generation_id)
    return answer(state, known, waited=wait > 0)


@router.get("/{generation_id}/events", response_class=EventStream)
async def follow_generation(gateway: Gateway, user: CurrentUser, generation_id: UUID) -> EventStream:
    return EventStream("generation", _follow(gateway, user, generation_id), user)


def _follow(gateway: Parts, user: User, generation_id: UUID) -> Follow:
    read = partial(gateway.states.generation, user.id, generation_id)
    return partial(gateway.live.follow, generation_id, user.id, read)


@router.delete("/{generation_id}", status_code=204)
async def delete_generation(gateway: Gateway, user: LimitedUser, generation_id: UUID) -> None:
    async with gateway.db.tx_as(user.id) as tx:
        if not await queries.delete_generation(tx, generation_id):
            raise not_found()

"""Generations: ask for one, look at one, list them."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Response

from common.problems import not_found
from gateway import queries, use_cases
from gateway.bodies import json_body
from gateway.paging import PageOf, paged
from gateway.parts import CurrentUser, Gateway
from gateway.schemas import Accepted, Generation, NewGeneration, Page

router = APIRouter(prefix="/api/generations")

Wanted = Annotated[NewGeneration, Depends(json_body(NewGeneration))]
Key = Annotated[str | None, Header(alias="Idempotency-Key", pattern=r"^[!-~]{1,255}$")]


@router.post("", status_code=202)
async def request_generation(
    gateway: Gateway, user: CurrentUser, wanted: Wanted, response: Response, key: Key = None
) -> Accepted:
    order = use_cases.order(user, wanted, key)
    try:
        async with gateway.db.tx_as(user.id) as tx:
            accepted = await use_cases.request_generation(tx, gateway.outbox, order, max_pending=gateway.max_pending)
    except queries.TooFewCredits:
        async with gateway.db.tx_as(user.id) as tx:
            raise await use_cases.insufficient_credits(tx, order) from None
    response.headers["Location"] = f"/api/generations/{accepted.generation_id}"
    return accepted


@router.get("")
async def list_generations(
    gateway: Gateway, user: CurrentUser, page: Annotated[PageOf, Depends(paged("generations"))]
) -> Page[Generation]:
    async with gateway.db.tx_as(user.id) as tx:
        rows = await queries.generations(tx, page.below, page.limit + 1)
    return page.of([gateway.views.generation(row) for row in rows])


@router.get("/{generation_id}")
async def show_generation(gateway: Gateway, user: CurrentUser, generation_id: UUID) -> Generation:
    async with gateway.db.tx_as(user.id) as tx:
        row = await queries.generation(tx, generation_id)
    if row is None:
        raise not_found()
    return gateway.views.generation(row)

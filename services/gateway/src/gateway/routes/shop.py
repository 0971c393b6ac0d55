"""Buying: what is sold, and links to the vendor's pages, which take the money."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from gateway.answers import LIMITED, problems, success
from gateway.bodies import documented_body, json_body
from gateway.parts import Gateway, LimitedUser
from gateway.schemas import Checkout, Link, Offers

router = APIRouter(prefix="/api", tags=["shop"])

MAX_AGE_S = 300


@router.get(
    "/plans",
    responses={
        **success(200, "Plans and packs, the smallest first", "Cache-Control"),
        **problems("shop_unavailable", anonymous=True),
    },
)
async def list_plans(gateway: Gateway, response: Response) -> Offers:
    """What can be bought, for a page of prices; the vendor's checkout says what it costs where the buyer lives."""
    response.headers["Cache-Control"] = f"public, max-age={MAX_AGE_S}"
    return Offers.model_validate((await gateway.shop.offers()).model_dump())


@router.post(
    "/me/checkout",
    status_code=201,
    responses={
        **success(201, "A page to buy it on, for this user alone", *LIMITED),
        **problems("not_sold", "already_subscribed", "invalid_request", "shop_unavailable"),
    },
    openapi_extra=documented_body(Checkout),
)
async def open_checkout(
    gateway: Gateway, user: LimitedUser, wanted: Annotated[Checkout, Depends(json_body(Checkout))]
) -> Link:
    """Send the browser to its `url`. Credits come within seconds of the payment: see /api/me/events."""
    return Link(url=await gateway.shop.checkout(user.id, wanted))


@router.get(
    "/me/portal",
    responses={
        **success(200, "A page to change or end the plan on", *LIMITED),
        **problems("no_subscription", "shop_unavailable"),
    },
)
async def open_portal(gateway: Gateway, user: LimitedUser) -> Link:
    """Made when it is asked for, and good for a day: don't keep it."""
    return Link(url=await gateway.shop.portal(user.id))

"""Selling: what there is, and the vendor's pages on which a user buys it or changes a plan. No money is handled here.

The gateway asks, and has checked who the user is. No transaction is open while the vendor is asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from uuid import UUID

import structlog

from billing import queries
from billing.lemonsqueezy_api import LemonSqueezyApi
from billing.plans import Shop
from common.db import Database
from common.errors import Problem, WorkError
from common.requests import (
    CheckoutRequest,
    LinkReply,
    OffersReply,
    OffersRequest,
    PackOffer,
    PlanOffer,
    PortalRequest,
)

log = structlog.get_logger()

VENDOR_S = 7.0
"""For one link: whoever asked waits a second longer."""


@dataclass(frozen=True, slots=True)
class Sales:
    """`api` None: there is no key for it, and nothing can be bought here."""

    db: Database
    shop: Shop
    api: LemonSqueezyApi | None

    async def offers(self, _request: OffersRequest) -> OffersReply:
        plans = [PlanOffer(id=str(i), tier=plan.tier, credits=plan.credits) for i, plan in self.shop.plans.items()]
        packs = [PackOffer(id=str(i), credits=amount) for i, amount in self.shop.packs.items()]
        return OffersReply(plans=sorted(plans, key=_size), packs=sorted(packs, key=_size))

    async def checkout(self, request: CheckoutRequest) -> LinkReply:
        """Raises Problem: 404, not sold; 401, erased; 409, a second plan, which would be paid beside the first."""
        variant_id, api = self._variant(request), self._open()
        async with self.db.tx() as tx:
            if not await queries.user_exists(tx, request.user_id):
                raise Problem(401, "unauthenticated", "whoever was erased buys nothing")
            if request.kind == "plan" and await queries.has_running_plan(tx, request.user_id):
                raise Problem(
                    409, "already_subscribed", "change your plan in the customer portal: a new one is paid too"
                )
        return await _link(api.checkout_url(variant_id, request.user_id, test_mode=self.shop.test_mode))

    async def portal(self, request: PortalRequest) -> LinkReply:
        """Raises Problem 404 for one who never had a plan."""
        api = self._open()
        subscription_id = await self._newest_subscription(request.user_id)
        if subscription_id is None:
            raise Problem(404, "no_subscription", "there is no plan to change: choose one from /api/plans")
        return await _link(api.portal_url(subscription_id))

    def _open(self) -> LemonSqueezyApi:
        if self.api is None:
            log.warning("shop.closed", reason="VISION3_LEMONSQUEEZY_API_KEY is not set")
            raise _unavailable()
        return self.api

    def _variant(self, request: CheckoutRequest) -> int:
        sold = self.shop.plans if request.kind == "plan" else self.shop.packs
        for variant_id in sold:
            if str(variant_id) == request.offer_id:
                return variant_id
        raise Problem(404, "not_sold", f"no {request.kind} has that id: see /api/plans")

    async def _newest_subscription(self, user_id: UUID) -> str | None:
        async with self.db.tx() as tx:
            if not await queries.user_exists(tx, user_id):
                return None
            return await queries.newest_subscription(tx, user_id)


async def _link(asked: Awaitable[str]) -> LinkReply:
    try:
        async with asyncio.timeout(VENDOR_S):
            return LinkReply(url=await asked)
    except (WorkError, TimeoutError) as error:
        log.warning("shop.unavailable", reason=str(error) or type(error).__name__)
        raise _unavailable() from error


def _unavailable() -> Problem:
    return Problem(503, "shop_unavailable", "nothing can be bought or changed at the moment; please try again later")


def _size(offer: PlanOffer | PackOffer) -> tuple[int, str]:
    return offer.credits, offer.id

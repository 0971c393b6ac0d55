"""The shop, which is billing: what is sold, and the vendor's pages to buy it or to change a plan."""

from __future__ import annotations

import time
from uuid import UUID

from pydantic import BaseModel

from common import requests
from common.bus import Bus, NoAnswer
from common.errors import Problem
from gateway.auth import unauthenticated
from gateway.schemas import Checkout

TIMEOUT_S = 8.0
OFFERS_S = 60.0
"""How long what is sold is remembered: it changes with billing's settings."""


class Shop:
    """Asked with no transaction open: an answer may take seconds."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._offers: requests.OffersReply | None = None
        self._asked_at = -OFFERS_S

    async def offers(self) -> requests.OffersReply:
        """What was sold a minute ago, or longer while nobody answers. Raises 503 when nobody ever did."""
        if self._offers is None or time.monotonic() - self._asked_at > OFFERS_S:
            try:
                answer = await self._ask(requests.OFFERS, requests.OffersRequest())
                self._offers = requests.OffersReply.model_validate(answer)
                self._asked_at = time.monotonic()
            except Problem:
                if self._offers is None:
                    raise
        return self._offers

    async def checkout(self, user_id: UUID, wanted: Checkout) -> str:
        """Raises 404, 409 or 503, of which each says what to do, or the one 401."""
        request = requests.CheckoutRequest(user_id=user_id, kind=wanted.kind, offer_id=wanted.offer_id)
        try:
            return await self._link(requests.CHECKOUT, request)
        except Problem as problem:
            raise unauthenticated() if problem.code == "unauthenticated" else problem from None

    async def portal(self, user_id: UUID) -> str:
        """Raises 404 for who has no plan, or 503."""
        return await self._link(requests.PORTAL, requests.PortalRequest(user_id=user_id))

    async def _link(self, subject: str, request: BaseModel) -> str:
        return requests.LinkReply.model_validate(await self._ask(subject, request)).url

    async def _ask(self, subject: str, request: BaseModel) -> dict[str, object]:
        try:
            return await self._bus.request(subject, request, timeout_s=TIMEOUT_S)
        except NoAnswer:
            raise Problem(503, "shop_unavailable", "the shop did not answer in time; please try again") from None

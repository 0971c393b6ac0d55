"""LemonSqueezy's API: JSON:API with a bearer key. Checkouts and portals one at a time, what was sold page by page."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Any, Generic, Literal, TypeVar
from uuid import UUID

import httpx2
import stamina
from pydantic import AnyHttpUrl, BaseModel, Field, JsonValue, SecretStr, ValidationError

from billing.lemonsqueezy import Payload
from common import retry_after
from common.errors import Permanent, Transient, WorkError

BASE_URL = "https://api.lemonsqueezy.com"
TIMEOUT = httpx2.Timeout(6.0, connect=3.0)
MEDIA_TYPE = "application/vnd.api+json"
PAGE_SIZE = 100
"""The vendor's most."""
PAUSE_S = 0.3
"""Between pages: half of the minute's requests are left for whoever wants to buy."""
PAGE_TRIES = 5
PAUSE_WHEN_REFUSED_S = 60.0
"""The vendor counts requests by the minute (300 of them). That long it is left alone when it refuses one and does not
say until when."""

Kind = Literal["subscriptions", "subscription-invoices", "orders"]
Resource = JsonValue
"""As it came, whatever that is: one that does not fit must not hide the others."""

P = TypeVar("P", bound=BaseModel)


class _CheckoutAttributes(Payload):
    url: AnyHttpUrl


class _Checkout(Payload):
    attributes: _CheckoutAttributes


class _Urls(Payload):
    customer_portal: AnyHttpUrl


class _PortalAttributes(Payload):
    urls: _Urls


class _Portal(Payload):
    attributes: _PortalAttributes


class _One(Payload, Generic[P]):
    data: P


class _PageFacts(Payload):
    last: int = Field(alias="lastPage", ge=0)


class _Meta(Payload):
    page: _PageFacts


class _Page(Payload):
    meta: _Meta
    data: list[Resource]


class LemonSqueezyApi:
    """Raises Transient when it may work later (with the vendor's own delay), Permanent when somebody has to act."""

    def __init__(self, client: httpx2.AsyncClient, key: SecretStr, store_id: int) -> None:
        """`client`: with the base URL of the API, and its timeouts."""
        self._client = client
        self._key = key
        self._store_id = store_id

    async def checkout_url(self, variant_id: int, user_id: UUID, *, test_mode: bool) -> str:
        """A page that sells one variant to this user: the buyer can't edit whose credits they will be."""
        wanted = {
            "type": "checkouts",
            "attributes": {
                "checkout_data": {"custom": {"user_id": str(user_id)}},
                "product_options": {"enabled_variants": [variant_id]},
                "test_mode": test_mode,
            },
            "relationships": {
                "store": {"data": {"type": "stores", "id": str(self._store_id)}},
                "variant": {"data": {"type": "variants", "id": str(variant_id)}},
            },
        }
        body = await self._ask("POST", "/v1/checkouts", json={"data": wanted})
        return str(_read(_One[_Checkout], body).data.attributes.url)

    async def portal_url(self, subscription_id: str) -> str:
        """Where its customer changes the card or ends it. Good for a day."""
        body = await self._ask("GET", f"/v1/subscriptions/{subscription_id}")
        return str(_read(_One[_Portal], body).data.attributes.urls.customer_portal)

    async def all_of(self, kind: Kind) -> AsyncIterator[Resource]:
        """All there are in the store, newest first. What is sold meanwhile may show an older one twice."""
        for number in itertools.count(1):
            await asyncio.sleep(0 if number == 1 else PAUSE_S)
            page = await self._page(kind, number)
            for resource in page.data:
                yield resource
            if number >= page.meta.page.last or not page.data:
                return

    async def check(self) -> None:
        """Raises what asking for this store's orders does."""
        await self._ask("GET", "/v1/orders", params={"filter[store_id]": self._store_id, "page[size]": 1})

    async def _page(self, kind: Kind, number: int) -> _Page:
        params = {"filter[store_id]": self._store_id, "page[number]": number, "page[size]": PAGE_SIZE}
        async for attempt in stamina.retry_context(_may_work_later, attempts=PAGE_TRIES, timeout=None):
            with attempt:
                return _read(_Page, await self._ask("GET", f"/v1/{kind}", params=params))
        raise AssertionError("unreachable")

    async def _ask(self, method: str, path: str, **request: Any) -> bytes:
        headers = {
            "Accept": MEDIA_TYPE,
            "Content-Type": MEDIA_TYPE,
            "Authorization": f"Bearer {self._key.get_secret_value()}",
        }
        try:
            response = await self._client.request(method, path, headers=headers, **request)
        except httpx2.HTTPError as error:
            raise Transient("lemonsqueezy_away", f"LemonSqueezy can't be reached: {type(error).__name__}") from error
        if not response.is_success:
            raise _failure(response)
        return response.content


def _failure(response: httpx2.Response) -> WorkError:
    status = response.status_code
    delay = retry_after.asked_s(response.headers)
    if status == HTTPStatus.TOO_MANY_REQUESTS and delay is None:
        delay = PAUSE_WHEN_REFUSED_S
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Transient("lemonsqueezy_away", f"LemonSqueezy answered {status}", retry_after_s=delay)
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return Permanent("lemonsqueezy_key_refused", "LemonSqueezy refuses the key: see VISION3_LEMONSQUEEZY_API_KEY")
    return Permanent("lemonsqueezy_refused", f"LemonSqueezy answered {status}")


def _may_work_later(error: Exception) -> bool | float:
    """For how long to wait, where the vendor said it."""
    if not isinstance(error, Transient):
        return False
    return error.retry_after_s or True


def _read(model: type[P], body: bytes) -> P:
    """Raises Transient: a page of a proxy in between, or a changed API, quoted nowhere."""
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        places = ", ".join(f"{'.'.join(map(str, e['loc']))} {e['type']}" for e in error.errors()[:3])
        raise Transient("lemonsqueezy_unreadable", f"LemonSqueezy's answer does not fit: {places}") from None

"""LemonSqueezy's API over a shop: checkouts are made, the rest is shown, page by page, newest first."""

from __future__ import annotations

import copy
import re
from typing import Any

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.support.lemonsqueezy.documents import (
    MEDIA_TYPE,
    NewCheckout,
    NewCheckoutDocument,
    Paging,
    one,
    page,
    problem,
)
from tests.support.lemonsqueezy.faults import Faults, Faulty
from tests.support.lemonsqueezy.pages import routes as page_routes
from tests.support.lemonsqueezy.resources import API, Resource
from tests.support.lemonsqueezy.shop import Shop
from tests.support.lemonsqueezy.subscriptions import NotPossible

KEY = "an-api-key"

FILTERS = {
    "subscriptions": {"store_id", "order_id", "product_id", "variant_id", "user_email", "status"},
    "subscription-invoices": {"store_id", "status", "refunded", "subscription_id"},
    "orders": {"store_id", "user_email", "order_number"},
}
FILTER = re.compile(r"filter\[([a-z_]+)\]")


class Api:
    """`key`: the only one that is taken."""

    def __init__(self, shop: Shop, key: str) -> None:
        self._shop = shop
        self._key = key

    async def create_checkout(self, request: Request) -> Response:
        self._admit(request)
        if request.headers.get("content-type") != MEDIA_TYPE:
            return problem(415, "Unsupported Media Type", f"The request must be {MEDIA_TYPE}.")
        try:
            wanted = NewCheckoutDocument.model_validate_json(await request.body()).data
            return one(201, self._open(wanted))
        except (ValidationError, NotPossible, ValueError) as error:
            return problem(422, "Unprocessable Entity", str(error))

    async def retrieve(self, request: Request) -> Response:
        self._admit(request)
        found = self._shop.store.resources[_kind(request)].get(request.path_params["id"])
        return one(200, self._shown(found)) if found else problem(404, "Not Found")

    async def list_all(self, request: Request) -> Response:
        self._admit(request)
        kind, query = _kind(request), dict(request.query_params)
        try:
            paging = Paging(
                **{name: query.pop(f"page[{name}]") for name in ("number", "size") if f"page[{name}]" in query}
            )
            wanted = _filters(kind, query)
        except ValueError as error:
            return problem(400, "Bad Request", str(error))
        found = [r for r in self._shop.store.newest_first(kind) if wanted.items() <= _texts(r).items()]
        return page([self._shown(r) for r in found], paging, f"{API}/v1/{kind}")

    def _admit(self, request: Request) -> None:
        if request.headers.get("authorization") != f"Bearer {self._key}":
            raise HTTPException(401, "Unauthenticated.")
        if request.headers.get("accept") != MEDIA_TYPE:
            raise HTTPException(406, f"Only {MEDIA_TYPE} is spoken here.")

    def _open(self, wanted: NewCheckout) -> Resource:
        store, variant = wanted.relationships.store.data, wanted.relationships.variant.data
        if store.id != str(self._shop.store.store_id):
            raise NotPossible(f"store {store.id} is not yours")
        options = wanted.attributes.product_options.model_dump()
        return self._shop.open_checkout(int(variant.id), wanted.attributes.checkout_data.custom or None, **options)

    def _shown(self, resource: Resource) -> Resource:
        """A subscription's links are signed anew each time they are asked for."""
        if resource["type"] != "subscriptions":
            return resource
        fresh = copy.deepcopy(resource)
        customer_id = str(resource["attributes"]["customer_id"])
        fresh["attributes"]["urls"] = self._shop.store.links.portal_urls(resource["id"], customer_id)
        return fresh


def application(shop: Shop, key: str = KEY, faults: Faults | None = None) -> Starlette:
    """The API under /v1, and the store's own pages."""
    api = Api(shop, key)
    return Starlette(
        routes=[
            Route("/v1/checkouts", api.create_checkout, methods=["POST"]),
            *(Route(f"/v1/{kind}", api.list_all, name=kind) for kind in FILTERS),
            *(Route(f"/v1/{kind}/{{id}}", api.retrieve, name=kind) for kind in FILTERS),
            *page_routes(shop),
        ],
        middleware=[Middleware(Faulty, faults=faults or Faults())],
        exception_handlers={HTTPException: _refuse},
    )


async def _refuse(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return problem(error.status_code, error.detail)


def _kind(request: Request) -> str:
    return request.url.path.split("/")[2]


def _filters(kind: str, query: dict[str, str]) -> dict[str, str]:
    """Raises ValueError for what that list can't be asked."""
    wanted = {}
    for name, value in query.items():
        match = FILTER.fullmatch(name)
        if match is None or match[1] not in FILTERS[kind]:
            raise ValueError(f"{name} is no parameter of {kind}")
        wanted[match[1]] = value
    return wanted


def _texts(resource: Resource) -> dict[str, str]:
    attributes: dict[str, Any] = resource["attributes"]
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in attributes.items()}

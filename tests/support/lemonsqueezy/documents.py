"""JSON:API documents: what a request may be, and how an answer, a page and an error look."""

from __future__ import annotations

import json
import math
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from tests.support.lemonsqueezy.resources import Resource

MEDIA_TYPE = "application/vnd.api+json"
PER_PAGE, MOST_PER_PAGE = 10, 100


class Strict(BaseModel):
    """Nothing that is not named here, and nothing that has to be converted."""

    model_config = ConfigDict(extra="forbid", strict=True)


class CheckoutData(Strict):
    email: str = ""
    name: str = ""
    custom: dict[str, str] = Field(default_factory=dict)


class ProductOptions(Strict):
    name: str = ""
    redirect_url: str = ""
    receipt_button_text: str = ""
    receipt_link_url: str = ""
    enabled_variants: list[int] = Field(default_factory=list)


class CheckoutAttributes(Strict):
    checkout_data: CheckoutData = Field(default_factory=CheckoutData)
    product_options: ProductOptions = Field(default_factory=ProductOptions)
    expires_at: str | None = None
    preview: bool = False
    test_mode: bool = False


class StoreId(Strict):
    type: Literal["stores"]
    id: str


class VariantId(Strict):
    type: Literal["variants"]
    id: str


class OfStore(Strict):
    data: StoreId


class OfVariant(Strict):
    data: VariantId


class CheckoutRelationships(Strict):
    store: OfStore
    variant: OfVariant


class NewCheckout(Strict):
    type: Literal["checkouts"]
    attributes: CheckoutAttributes
    relationships: CheckoutRelationships


class NewCheckoutDocument(Strict):
    """The body of POST /v1/checkouts."""

    data: NewCheckout


class Paging(BaseModel):
    """Of a list: `page[number]` and `page[size]`."""

    number: int = Field(default=1, ge=1)
    size: int = Field(default=PER_PAGE, ge=1, le=MOST_PER_PAGE)


def document(status: int, content: dict[str, Any], headers: dict[str, str] | None = None) -> Response:
    return Response(json.dumps({"jsonapi": {"version": "1.0"}} | content), status, headers, MEDIA_TYPE)


def one(status: int, resource: Resource) -> Response:
    return document(status, {"links": resource["links"], "data": resource})


def page(found: list[Resource], paging: Paging, url: str) -> Response:
    """`url`: of the list, without its page."""
    first = (paging.number - 1) * paging.size
    shown = found[first : first + paging.size]
    last = max(1, math.ceil(len(found) / paging.size))
    facts = {
        "currentPage": paging.number,
        "from": first + 1 if shown else None,
        "lastPage": last,
        "perPage": paging.size,
        "to": first + len(shown) if shown else None,
        "total": len(found),
    }
    numbers = {"first": 1, "last": last} | ({"next": paging.number + 1} if paging.number < last else {})
    links = {
        name: f"{url}?page%5Bnumber%5D={number}&page%5Bsize%5D={paging.size}&sort=-createdAt"
        for name, number in numbers.items()
    }
    return document(200, {"meta": {"page": facts}, "links": links, "data": shown})


def problem(status: int, title: str, detail: str = "", headers: dict[str, str] | None = None) -> Response:
    error = {"detail": detail or title, "status": str(status), "title": title}
    return document(status, {"errors": [error]}, headers)

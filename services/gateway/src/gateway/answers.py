"""What a route may answer, declared beside it: docs/api/openapi.json is generated from this.

A status may have several codes: each stands there as an example of its problem.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from pydantic import BaseModel

from common.problems import TITLES, as_body
from gateway.schemas import ProblemBody

Responses = dict[int | str, dict[str, Any]]

STATUSES = {
    "malformed_request": 400,
    "unauthenticated": 401,
    "insufficient_credits": 402,
    "not_found": 404,
    "no_subscription": 404,
    "not_sold": 404,
    "request_timeout": 408,
    "not_editable": 409,
    "already_subscribed": 409,
    "body_too_large": 413,
    "invalid_request": 422,
    "idempotency_key_reused": 422,
    "rate_limited": 429,
    "too_many_pending": 429,
    "too_many_streams": 429,
    "headers_too_large": 431,
    "internal_error": 500,
    "unavailable": 503,
    "busy": 503,
    "editor_unavailable": 503,
    "shop_unavailable": 503,
}

ANY_REQUEST = (
    "malformed_request",
    "request_timeout",
    "body_too_large",
    "rate_limited",
    "headers_too_large",
    "internal_error",
    "unavailable",
)
"""What may be wrong before a route is found, or whichever it is."""

EXTRAS: dict[str, dict[str, object]] = {
    "invalid_request": {"errors": [{"field": "prompt", "code": "blank", "message": "Must not be blank"}]},
    "insufficient_credits": {"credits_remaining": 2, "credits_required": 4},
}

HEADERS = {
    "ETag": "names this state; send it as If-None-Match",
    "Location": "where it is",
    "Retry-After": "seconds after which to come again",
    "RateLimit-Policy": 'the limit: `"user";q=<requests>;w=<seconds>`',
    "RateLimit": 'what is left of it: `"user";r=<requests>;t=<seconds until all are back>`',
    "Content-Disposition": "the name of the file",
    "Cache-Control": "for how long it may be kept",
}
OF_STATUS = {401: {"WWW-Authenticate": "Bearer"}, 429: {"Retry-After": "1"}, 503: {"Retry-After": "2"}}
"""Headers of problems, with an example."""

LIMITED = ("RateLimit-Policy", "RateLimit")
"""Of answers to what is counted against the user's limit."""


def problems(*codes: str, anonymous: bool = False) -> Responses:
    """The problems of a route besides those of any request. anonymous: it wants no token."""
    usual = ANY_REQUEST if anonymous else (*ANY_REQUEST, "unauthenticated")
    responses: Responses = {}
    for code in sorted({*usual, *codes}, key=list(STATUSES).index):
        status = STATUSES[code]
        response = responses.setdefault(status, _empty(status))
        response["content"]["application/problem+json"]["examples"][code] = _example(status, code)
    return responses


def success(
    status: int, description: str, *headers: str, content: dict[str, Any] | None = None
) -> dict[int | str, dict[str, Any]]:
    """A good answer, as far as its model does not say it."""
    documented = {name: {"description": HEADERS[name], "schema": {"type": "string"}} for name in headers}
    return {status: {"description": description, "headers": documented} | ({"content": content} if content else {})}


def binary(media_type: str) -> dict[str, Any]:
    return {media_type: {"schema": {"type": "string", "format": "binary"}}}


def event_stream(name: str, model: type[BaseModel]) -> dict[str, Any]:
    """Server-sent events, each with a model of the document as its data."""
    data = {"type": "string", "contentMediaType": "application/json", "contentSchema": {"$ref": _ref(model)}}
    schema = {
        "type": "object",
        "description": "One event. Without news a line of comment comes every 15 seconds.",
        "properties": {"event": {"const": name}, "id": {"type": "string", "description": "its ETag"}, "data": data},
        "required": ["event", "id", "data"],
    }
    return {"text/event-stream": {"schema": schema}}


def _empty(status: int) -> dict[str, Any]:
    headers = {
        name: {"schema": {"type": "string"}, "example": value} for name, value in OF_STATUS.get(status, {}).items()
    }
    content = {"application/problem+json": {"schema": {"$ref": _ref(ProblemBody)}, "examples": {}}}
    return {"description": HTTPStatus(status).phrase, "content": content} | ({"headers": headers} if headers else {})


def _example(status: int, code: str) -> dict[str, Any]:
    value = as_body(status, code, "a sentence for a person", EXTRAS.get(code, {}))
    return {"summary": TITLES[code], "value": value}


def _ref(model: type[BaseModel]) -> str:
    return f"#/components/schemas/{model.__name__}"

"""Every error leaves as RFC 9457 problem+json with a stable code; nothing of the input and no inner detail goes out."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from common.errors import Problem, Transient

log = structlog.get_logger()

RETRY_AFTER_S = 2

TITLES = {
    "unauthenticated": "A valid session token is needed",
    "not_found": "There is no such thing",
    "method_not_allowed": "This method is not allowed here",
    "invalid_request": "The request does not fit",
    "insufficient_credits": "There are too few credits",
    "body_too_large": "The body is too large",
    "headers_too_large": "The headers are too large",
    "malformed_request": "This is not HTTP",
    "cors_refused": "Another origin may not ask this",
    "idempotency_key_reused": "This Idempotency-Key belongs to another request",
    "request_timeout": "The request did not arrive in time",
    "too_many_pending": "Too many generations are pending",
    "too_many_streams": "Too many streams are open",
    "rate_limited": "Too many requests",
    "not_editable": "This artifact can't be edited",
    "already_subscribed": "There is a plan already",
    "not_sold": "This is not sold here",
    "no_subscription": "There is no plan",
    "unavailable": "Not available at the moment",
    "busy": "Too much work is waiting",
    "editor_unavailable": "No editor is available at the moment",
    "shop_unavailable": "Nothing can be bought at the moment",
    "internal_error": "Something went wrong on our side",
}

PLAIN_NAME = re.compile(r"[A-Za-z0-9_.\-]{1,64}")


def not_found() -> Problem:
    """Also for what belongs to somebody else: the answer doesn't tell the two apart."""
    return Problem(404, "not_found", "nothing of yours has this address")


def invalid(field: str, code: str, message: str) -> Problem:
    """One field that does not fit. `message` is a sentence of ours, never a piece of the input."""
    return _invalid([{"field": field, "code": code, "message": message}])


def invalid_fields(errors: Iterable[Mapping[str, Any]]) -> Problem:
    """From pydantic's errors, whose `input` and `ctx` stay here."""
    return _invalid([{"field": _field(e["loc"]), "code": e["type"], "message": e["msg"]} for e in errors])


def as_body(status: int, code: str, detail: str, extra: Mapping[str, object]) -> dict[str, object]:
    """RFC 9457's members, with ours."""
    return {
        "type": f"urn:vision3:problem:{code}",
        "title": TITLES.get(code, code),
        "status": status,
        "code": code,
        "detail": detail,
        **extra,
    }


def render(problem: Problem) -> Response:
    body = as_body(problem.status, problem.code, problem.detail, problem.extra)
    headers = {"Retry-After": str(RETRY_AFTER_S), **problem.headers} if problem.status == 503 else problem.headers
    return Response(json.dumps(body), problem.status, headers, media_type="application/problem+json")


def install(app: FastAPI) -> None:
    """Replaces every error body that FastAPI and Starlette would answer by themselves."""

    @app.exception_handler(Problem)
    async def problem(_request: Request, error: Problem) -> Response:
        return render(error)

    @app.exception_handler(Transient)
    async def transient(_request: Request, error: Transient) -> Response:
        log.warning("request.unavailable", reason=error.code)
        headers = {"Retry-After": str(math.ceil(error.retry_after_s))} if error.retry_after_s else {}
        return render(Problem(503, "unavailable", "please try again in a few seconds", headers=headers))

    @app.exception_handler(RequestValidationError)
    async def validation(_request: Request, error: RequestValidationError) -> Response:
        errors = error.errors()
        in_path = any(e["loc"][0] == "path" for e in errors)
        return render(not_found() if in_path else invalid_fields(errors))

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> Response:
        return render(_from_http(request, error))


class Unexpected:
    """Innermost pure ASGI: what nobody foresaw is a 500 that says nothing, and CORS still applies."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:
            if started or scope["type"] != "http":
                raise
            log.exception("request.failed", exc_info=error)
            await render(Problem(500, "internal_error", "the request was not carried out"))(scope, receive, send)


def _invalid(errors: list[dict[str, str]]) -> Problem:
    names = ", ".join(sorted({e["field"] for e in errors}))
    return Problem(422, "invalid_request", f"these fields do not fit: {names}", errors=errors)


def _field(loc: tuple[int | str, ...]) -> str:
    """The dotted name without "body" or "query"; a name that is no plain one came from the caller and stays unsaid."""
    parts = [str(part) for part in (loc[1:] if loc and loc[0] in {"body", "query", "header"} else loc)]
    name = ".".join(parts) or "body"
    return name if PLAIN_NAME.fullmatch(name) else "(unknown field)"


def _from_http(request: Request, error: HTTPException) -> Problem:
    if error.status_code == 404:
        return not_found()
    if error.status_code == 405:
        return Problem(405, "method_not_allowed", "see the Allow header", headers={"Allow": _allowed(request)})
    return invalid("body", "unreadable", "the body can't be read")


def _allowed(request: Request) -> str:
    """By all routes of this address: each of them knows its own methods only."""
    routes = [route for route in request.app.routes if route.matches(request.scope)[0] is not Match.NONE]
    return ", ".join(sorted({method for route in routes for method in route.methods or ()}))

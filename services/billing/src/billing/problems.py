"""Errors leave as RFC 9457 problem+json with a stable code, as they do everywhere in the system."""

from __future__ import annotations

import json
import math
from http import HTTPStatus

from fastapi import FastAPI, Request, Response

from common.errors import Problem, Transient


def install(app: FastAPI) -> None:
    @app.exception_handler(Problem)
    async def problem(_request: Request, error: Problem) -> Response:
        return render(error)

    @app.exception_handler(Transient)
    async def transient(_request: Request, error: Transient) -> Response:
        """The vendor sends again what it gets no 200 for."""
        headers = {"Retry-After": str(math.ceil(error.retry_after_s or 1))}
        return render(Problem(503, "unavailable", "please try again in a few seconds", headers=headers))


def render(problem: Problem) -> Response:
    body = {
        "type": f"urn:vision3:problem:{problem.code}",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "code": problem.code,
        "detail": problem.detail,
    }
    return Response(json.dumps(body), problem.status, problem.headers, media_type="application/problem+json")

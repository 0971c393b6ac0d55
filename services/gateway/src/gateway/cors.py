"""Which other origins may ask."""

from __future__ import annotations

from fastapi import Response
from fastapi.middleware.cors import CORSMiddleware
from starlette.datastructures import Headers

from common.errors import Problem
from common.problems import render

OF_THE_TEXT = {"content-type", "content-length"}


class Cors(CORSMiddleware):
    """Starlette's, with a refused preflight in the form of every other error."""

    def preflight_response(self, request_headers: Headers) -> Response:
        answer = super().preflight_response(request_headers)
        if answer.status_code == 200:
            return answer
        refused = bytes(answer.body).decode()  # "Disallowed CORS origin, method", nothing of the request
        headers = {name: value for name, value in answer.headers.items() if name not in OF_THE_TEXT}
        return render(Problem(400, "cors_refused", refused, headers=headers))

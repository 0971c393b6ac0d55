"""A stand-in for OpenAI's images. https://platform.openai.com/docs/api-reference/images/create"""

from __future__ import annotations

import base64
import re
from typing import Any

from tests.support.vendors.server import Reply, Request, StandIn, UnlikeDocumented

KEY = "sk-a-key-of-the-tests"
FIELDS = {"model", "prompt", "size", "n", "quality", "output_format", "background", "moderation", "user"}


def openai_images(picture: bytes) -> StandIn:
    return StandIn(lambda request: _answer(request, picture))


def _answer(request: Request, picture: bytes) -> Reply:
    if request.headers.get("authorization") != f"Bearer {KEY}":
        return failure(401, "invalid_request_error", "invalid_api_key")
    if request.method == "GET" and request.path.startswith("/v1/models/"):
        if request.path.endswith("/no-such-model"):
            return failure(404, "invalid_request_error", "model_not_found")
        return Reply.json({"id": request.path.rpartition("/")[2], "object": "model", "owned_by": "openai"})
    if (request.method, request.path) != ("POST", "/v1/images/generations"):
        raise UnlikeDocumented("no such path")
    body = request.json()
    size = re.fullmatch(r"(\d+)x(\d+)", body["size"])
    if set(body) - FIELDS or body["n"] != 1 or not body["prompt"] or body["output_format"] != "jpeg":
        raise UnlikeDocumented(f"fields {sorted(body)}")
    if not size or int(size[1]) % 16 or int(size[2]) % 16 or body["quality"] not in ("low", "medium", "high", "auto"):
        raise UnlikeDocumented(f"size {body['size']}, quality {body['quality']}")
    return made([{"b64_json": base64.b64encode(picture).decode()}])


def made(data: list[dict[str, Any]]) -> Reply:
    usage = {"input_tokens": 50, "output_tokens": 1_000, "total_tokens": 1_050}
    return Reply.json({"created": 1_790_000_000, "data": data, "output_format": "jpeg", "usage": usage})


def failure(status: int, kind: str, code: str | None, headers: dict[str, str] | None = None) -> Reply:
    error = {"message": "what the vendor says of “the creator's own words”", "type": kind, "param": None, "code": code}
    return Reply.json({"error": error}, status, headers)


def refusal(code: str = "moderation_blocked") -> Reply:
    return failure(400, "image_generation_user_error", code)

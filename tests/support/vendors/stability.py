"""A stand-in for Stability's Stable Image API. https://platform.stability.ai/docs/api-reference"""

from __future__ import annotations

import re

from tests.support.vendors.server import Reply, Request, StandIn, UnlikeDocumented

KEY = "sk-a-stability-key"
FIELDS = {"prompt", "negative_prompt", "aspect_ratio", "output_format", "seed", "style_preset"}
PARTS = re.compile(rb'name="(\w+)"\r\n\r\n(.*?)\r\n--', re.DOTALL)


def stability_images(picture: bytes) -> StandIn:
    return StandIn(lambda request: _answer(request, picture))


def _answer(request: Request, picture: bytes) -> Reply:
    if request.headers.get("authorization") != f"Bearer {KEY}":
        return failure(401, "unauthorized")
    if (request.method, request.path) == ("GET", "/v1/user/balance"):
        return Reply.json({"credits": 0.5})
    if request.method != "POST" or not re.fullmatch(r"/v2beta/stable-image/generate/(core|ultra|sd3)", request.path):
        raise UnlikeDocumented("no such path")
    if not request.headers["content-type"].startswith("multipart/form-data; boundary="):
        raise UnlikeDocumented("no multipart form")
    if request.headers["accept"] != "image/*":
        raise UnlikeDocumented("no picture is asked for")
    form = {name.decode(): value.decode() for name, value in PARTS.findall(request.body)}
    if set(form) - FIELDS or not form["prompt"] or form["aspect_ratio"] != "16:9":
        raise UnlikeDocumented(f"fields {form}")
    return Reply(picture, headers={"Content-Type": "image/jpeg", "finish-reason": "SUCCESS", "seed": "7"})


def failure(status: int, name: str) -> Reply:
    return Reply.json(
        {"id": "1", "name": name, "errors": ["what the vendor says of “the creator's own words”"]}, status
    )

"""A stand-in for Gemini: text as JSON by a schema, pictures as inline data.

https://ai.google.dev/api/generate-content
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from typing import Any

from tests.support.vendors.server import Reply, Request, StandIn, UnlikeDocumented

KEY = "AIza-a-key-of-the-tests"
PATH = re.compile(r"/v1beta/models/([\w.-]+):generateContent")
MODEL_PATH = re.compile(r"/v1beta/models/([\w.-]+)")


def gemini_images(picture: bytes) -> StandIn:
    return StandIn(lambda request: _checked(request, lambda body: _picture(body, picture)))


def gemini_text(write: Callable[[dict[str, Any]], str]) -> StandIn:
    """`write` makes the model's text of the request's body."""
    return StandIn(lambda request: _checked(request, lambda body: _text(body, write)))


def _checked(request: Request, answer: Callable[[dict[str, Any]], Reply]) -> Reply:
    if request.headers.get("x-goog-api-key") != KEY:
        return failure(400, "INVALID_ARGUMENT", [{"@type": _INFO, "reason": "API_KEY_INVALID"}])
    if request.method == "GET" and (match := MODEL_PATH.fullmatch(request.path)):
        return _model(match[1])
    if request.method != "POST" or not PATH.fullmatch(request.path):
        raise UnlikeDocumented("no such path")
    if not request.headers["content-type"].startswith("application/json"):
        raise UnlikeDocumented("the body is not said to be JSON")
    body = request.json()
    unknown = set(body) - {"contents", "generationConfig", "systemInstruction", "safetySettings"}
    if unknown or not body["contents"]:
        raise UnlikeDocumented(f"unknown fields {unknown}, or no contents")
    for content in body["contents"]:
        if content["role"] not in ("user", "model") or not content["parts"]:
            raise UnlikeDocumented("a content needs a role and parts")
    return answer(body)


def _model(name: str) -> Reply:
    if name == "no-such-model":
        return failure(404, "NOT_FOUND")
    return Reply.json({"name": f"models/{name}", "supportedGenerationMethods": ["generateContent"]})


def _picture(body: dict[str, Any], picture: bytes) -> Reply:
    config = body["generationConfig"]
    if config["responseModalities"] != ["IMAGE"] or config["imageConfig"]["aspectRatio"] != "16:9":
        raise UnlikeDocumented("no picture of 16:9 is asked for")
    if config["imageConfig"]["imageSize"] not in ("1K", "2K", "4K"):
        raise UnlikeDocumented("no such size")
    data = {"mimeType": "image/jpeg", "data": base64.b64encode(picture).decode()}
    return answered([{"text": "Here it is."}, {"inlineData": data}])


def _text(body: dict[str, Any], write: Callable[[dict[str, Any]], str]) -> Reply:
    config = body["generationConfig"]
    if config["responseMimeType"] != "application/json" or not (
        config.get("responseJsonSchema") or config.get("responseSchema")
    ):
        raise UnlikeDocumented("no structured output is asked for")
    if not body["systemInstruction"]["parts"][0]["text"]:
        raise UnlikeDocumented("no rules")
    return answered([{"text": "", "thoughtSignature": "c2ln"}, {"text": write(body)}])


def answered(parts: list[dict[str, Any]], finish: str = "STOP") -> Reply:
    return Reply.json(
        {
            "candidates": [{"content": {"role": "model", "parts": parts}, "finishReason": finish, "index": 0}],
            "usageMetadata": {"promptTokenCount": 100, "candidatesTokenCount": 900, "totalTokenCount": 1_000},
            "modelVersion": "gemini-of-the-tests",
            "responseId": "r1",
        }
    )


def ended(reason: str) -> Reply:
    """A 200 that brings nothing."""
    return Reply.json({"candidates": [{"finishReason": reason, "index": 0}], "modelVersion": "gemini-of-the-tests"})


def blocked(reason: str) -> Reply:
    return Reply.json({"promptFeedback": {"blockReason": reason}, "modelVersion": "gemini-of-the-tests"})


_INFO = "type.googleapis.com/google.rpc.ErrorInfo"
_RETRY = "type.googleapis.com/google.rpc.RetryInfo"
_QUOTA = "type.googleapis.com/google.rpc.QuotaFailure"


def failure(status: int, name: str, details: list[dict[str, Any]] | None = None) -> Reply:
    error = {"code": status, "message": "what the vendor says of “the creator's own words”", "status": name}
    return Reply.json({"error": error | ({"details": details} if details else {})}, status)


def exhausted(quota: str, retry_delay: str | None = None) -> Reply:
    """quota: such as GenerateRequestsPerMinutePerProjectPerModel."""
    details: list[dict[str, Any]] = [{"@type": _QUOTA, "violations": [{"quotaId": quota, "quotaMetric": "m"}]}]
    if retry_delay is not None:
        details.append({"@type": _RETRY, "retryDelay": retry_delay})
    return failure(429, "RESOURCE_EXHAUSTED", details)


def topic_of(body: dict[str, Any]) -> dict[str, Any]:
    """What the creator typed, as the writer sent it."""
    return json.loads(body["contents"][0]["parts"][0]["text"])

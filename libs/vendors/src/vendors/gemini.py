"""What Gemini's failures mean, whether they come with a status or in an answer of 200.

Source: https://ai.google.dev/api/generate-content and https://ai.google.dev/gemini-api/docs/troubleshooting
"""

from __future__ import annotations

import httpx2

from common import retry_after
from common.errors import Transient, WorkError
from vendors import answers, errors
from vendors.answers import Document, at

BASE_URL = "https://generativelanguage.googleapis.com"
VERSION = "v1beta"
KEY_HEADER = "x-goog-api-key"

SAFETY = {
    "SAFETY",
    "PROHIBITED_CONTENT",
    "BLOCKLIST",
    "SPII",
    "IMAGE_SAFETY",
    "IMAGE_PROHIBITED_CONTENT",
    "IMAGE_RECITATION",
    "RECITATION",
    "JAILBREAK",
    "MODEL_ARMOR",
}
"""Why it ended, or why the prompt was blocked: a refusal."""


def failure(response: httpx2.Response) -> WorkError:
    """What a status that is no success means."""
    error = answers.error_of(response)
    details = [detail for detail in _list(error.get("details")) if isinstance(detail, dict)]
    if any("PerDay" in str(at(violation, "quotaId")) for d in details for violation in _list(d.get("violations"))):
        return errors.Unusable("provider_day_quota", "today's quota is used up")
    if _has_a_bad_key(details):
        return errors.Unusable("provider_key_refused", "the key is refused")
    found = answers.failure(response, error.get("status"))
    asked_s = next(filter(None, (retry_after.duration_s(d.get("retryDelay")) for d in details)), None)
    if isinstance(found, Transient) and asked_s is not None:
        found.retry_after_s = asked_s
    return found


def refusal(answer: Document) -> WorkError | None:
    """Of a 200 that brings nothing: the safety system's no, or something else. None when nothing speaks against it."""
    blocked = at(answer, "promptFeedback", "blockReason")
    ended = at(answer, "candidates", 0, "finishReason")
    if blocked is not None or (isinstance(ended, str) and ended in SAFETY):
        return errors.refused()
    return None if ended in (None, "STOP", "MAX_TOKENS") else errors.garbled()


def _has_a_bad_key(details: list[Document]) -> bool:
    """A wrong key is a 400 here, like a wrong request."""
    return any(detail.get("reason") in ("API_KEY_INVALID", "API_KEY_EXPIRED") for detail in details)


def _list(found: object) -> list[object]:
    return found if isinstance(found, list) else []

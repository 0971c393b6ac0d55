"""One request to a vendor, and what its answer means: the body, or one of our errors."""

from __future__ import annotations

import base64
import binascii
import json
import re
from http import HTTPStatus
from typing import Any, NoReturn

import httpx2
import structlog

from common import retry_after
from common.errors import WorkError
from vendors import errors
from vendors.errors import Failed

log = structlog.get_logger()

LONGEST_NAME = 200
_CODE = re.compile(r"[A-Za-z0-9_.:-]{1,64}")

Document = dict[str, Any]


async def ask(client: httpx2.AsyncClient, method: str, path: str, **request: Any) -> httpx2.Response:
    """The answer, whatever its status. Raises Transient when there is none that can be read."""
    try:
        return await client.request(method, path, **request)
    except httpx2.TimeoutException as late:
        raise errors.too_slow() from late
    except httpx2.HTTPError as broken:
        raise unreachable(broken) from broken


def unreachable(error: httpx2.HTTPError) -> WorkError:
    log.warning("provider.unreachable", reason=type(error).__name__)
    return errors.unavailable()


def failure(response: httpx2.Response, code: object = None) -> WorkError:
    """What a status that is no success means by HTTP's own rules. `code`: the vendor's word for it, for the log."""
    status = response.status_code
    log.warning("provider.failed", status=status, code=_word(code))
    delay_s = retry_after.asked_s(response.headers)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return errors.Paused(delay_s)
    if status in _UNUSABLE and not _is_a_page(response):
        return errors.Unusable(*_UNUSABLE[HTTPStatus(status)])
    is_the_requests = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
    if not is_the_requests or status in _AGAIN or status in _UNUSABLE:
        return errors.unavailable(delay_s)
    return errors.rejected()


def _is_a_page(response: httpx2.Response) -> bool:
    """Of somebody in between, who blocks us for a while: the vendor answers in JSON."""
    return response.content.lstrip().startswith(b"<")


def nothing_came(code: str, reason: object) -> Failed:
    """A success without what was asked for."""
    log.warning("provider.nothing_came", code=_word(reason))
    return Failed(code, "The service that makes it answered with nothing.")


def model(found: object) -> str | None:
    """What an answer calls the model that made it, where that is a name: it is kept, and shown to operators."""
    return found if isinstance(found, str) and found.isprintable() and 0 < len(found) <= LONGEST_NAME else None


def _word(found: object) -> str | None:
    """What may be logged: a code, and no sentence, which could quote the prompt."""
    return found if isinstance(found, str) and _CODE.fullmatch(found) else None


_AGAIN = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT, HTTPStatus.TOO_EARLY}

_UNUSABLE = {
    HTTPStatus.UNAUTHORIZED: ("provider_key_refused", "the key is refused"),
    HTTPStatus.FORBIDDEN: ("provider_key_refused", "the key may not do that"),
    HTTPStatus.PAYMENT_REQUIRED: ("provider_out_of_credit", "the account has no credit left"),
    HTTPStatus.NOT_FOUND: ("provider_unknown_model", "there is no such model, or no such address"),
}


def document(body: bytes) -> Document:
    """A JSON object. Raises Transient for everything else: pages, half of it, numbers that JSON does not know."""
    try:
        found = parsed(body)
    except ValueError as unreadable:
        raise errors.garbled() from unreadable
    if not isinstance(found, dict):
        raise errors.garbled()
    return found


def parsed(text: str | bytes) -> object:
    """JSON, and nothing that is only nearly so. Raises ValueError."""
    try:
        found: object = json.loads(text, parse_constant=_no_number)
    except RecursionError as deep:
        raise ValueError("it is nested too deep") from deep
    return found


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def error_of(response: httpx2.Response) -> Document:
    """The `error` of a failure's body, as Google and OpenAI send it; empty where there is none."""
    try:
        found = document(response.content)
    except WorkError:
        return {}
    error = found.get("error")
    return error if isinstance(error, dict) else {}


def named(response: httpx2.Response) -> object:
    """What a failure's body calls it at its top, as Stability and the web UI do; None where it does not."""
    try:
        found = document(response.content)
    except WorkError:
        return None
    return found.get("name") or found.get("error")


def picture(encoded: object) -> bytes:
    """Bytes from Base64. Raises Transient for what is none; whether they are a picture is for the decoder to say."""
    if not isinstance(encoded, str) or not encoded:
        raise errors.garbled()
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as wrong:
        raise errors.garbled() from wrong


def at(found: object, *path: str | int) -> object:
    """What is at that place of a document; None where the path ends early."""
    for step in path:
        if isinstance(found, dict) and isinstance(step, str):
            found = found.get(step)
        elif isinstance(found, list) and isinstance(step, int) and step < len(found):
            found = found[step]
        else:
            return None
    return found

"""Svix's signature, which is Standard Webhooks under other header names."""

from __future__ import annotations

import base64

from standardwebhooks import Webhook, WebhookVerificationError
from starlette.datastructures import Headers

PREFIX = "whsec_"
KEY_BYTES = 16
"""The least of a key that nobody guesses; Svix makes 24."""

PARTS = ("id", "timestamp", "signature")


def check_secret(secret: str) -> None:
    """Raises ValueError, with nothing of the secret in it, for what can't be one."""
    encoded = secret.removeprefix(PREFIX).rstrip("=")
    try:
        key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except ValueError:
        key = b""
    if not secret.startswith(PREFIX) or len(key) < KEY_BYTES:
        raise ValueError(f"must be {PREFIX} and {KEY_BYTES} bytes or more in base64")


def is_signed(body: bytes, headers: Headers, secret: str) -> bool:
    """Whether one of the signatures fits id, timestamp and raw body, and the timestamp is at most five minutes away."""
    values = {part: headers.getlist(f"svix-{part}") for part in PARTS}
    if any(len(lines) != 1 for lines in values.values()):
        return False
    named = {f"webhook-{part}": lines[0] for part, lines in values.items()}
    try:
        Webhook(secret).verify(body, named, json_parse=False)
    except (WebhookVerificationError, ValueError):  # the latter for what is no base64, no pair, or no UTF-8
        return False
    return True

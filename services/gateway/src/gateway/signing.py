"""Signatures for what leaves the gateway and has to come back unchanged: picture addresses and list cursors."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

MAC_BYTES = 32


class Signer:
    """HMAC-SHA256 under one secret; `purpose` keeps a signature made for one thing from being good for another."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def seal(self, purpose: str, payload: bytes, context: bytes = b"") -> str:
        """The payload with its signature, fit for a URL. `context` is signed too, but not carried along."""
        return base64.urlsafe_b64encode(payload + self._mac(purpose, payload, context)).rstrip(b"=").decode()

    def open(self, purpose: str, sealed: str, context: bytes = b"") -> bytes | None:
        """The payload; None for anything that this secret did not seal for this purpose and context."""
        raw = _decoded(sealed)
        if raw is None or len(raw) < MAC_BYTES:
            return None
        payload, mac = raw[:-MAC_BYTES], raw[-MAC_BYTES:]
        return payload if hmac.compare_digest(mac, self._mac(purpose, payload, context)) else None

    def _mac(self, purpose: str, payload: bytes, context: bytes) -> bytes:
        message = b"\0".join((purpose.encode(), payload.hex().encode(), context))
        return hmac.digest(self._secret, message, hashlib.sha256)


def _decoded(sealed: str) -> bytes | None:
    """Strictly: one text for one value, so that a changed character never goes unnoticed."""
    try:
        raw = base64.b64decode(sealed + "=" * (-len(sealed) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if base64.urlsafe_b64encode(raw).rstrip(b"=").decode() == sealed else None

"""The issuer's public keys: fetched when needed, kept while the issuer is away, never fetched too often."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import httpx2
import jwt
import structlog

from common.errors import Transient

log = structlog.get_logger()

ALGORITHM = "RS256"
FRESH_S = 300.0
"""After this the keys are fetched again in the background, so that a withdrawn key ends."""
REFETCH_S = 5.0
"""Between two fetches for unknown keys: made-up key ids must not become requests to the issuer."""
FETCH_TIMEOUT_S = 2.0
RETRY_S = 1.0
"""Between two fetches while there are no keys at all."""


class KeysAway(Transient):
    """No keys yet, and the issuer can't be asked."""

    def __init__(self) -> None:
        super().__init__("keys_unavailable", "the identity provider can't be reached", retry_after_s=2.0)


class KeySet:
    """Keys by their id. One fetch at a time, whoever waits for it."""

    def __init__(self, client: httpx2.AsyncClient, url: str) -> None:
        self._client = client
        self._url = url
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched_at = -float("inf")
        self._tried_at = -float("inf")
        self._fetching: asyncio.Task[None] | None = None

    async def find(self, kid: str) -> jwt.PyJWK | None:
        """The key, or None when the issuer has none of this id. Raises KeysAway when that can't be known."""
        now = time.monotonic()
        if kid not in self._keys:
            if self._fetching or now - self._tried_at > (REFETCH_S if self._keys else RETRY_S):
                await asyncio.shield(self._fetch())
        elif now - self._fetched_at > FRESH_S and now - self._tried_at > REFETCH_S:
            self._fetch()
        if not self._keys:
            raise KeysAway
        return self._keys.get(kid)

    def _fetch(self) -> asyncio.Task[None]:
        if self._fetching is None:
            self._tried_at = time.monotonic()
            self._fetching = asyncio.create_task(self._refresh())
        return self._fetching

    async def _refresh(self) -> None:
        try:
            response = await self._client.get(self._url)
            response.raise_for_status()
            self._keys = _usable(response.json())
            self._fetched_at = time.monotonic()
        except (httpx2.HTTPError, ValueError) as error:
            log.warning("jwks.not_fetched", reason=type(error).__name__)
        finally:
            self._fetching = None


def _usable(document: Any) -> dict[str, jwt.PyJWK]:
    """The RSA signing keys of the set. Raises ValueError when it is none, so that the old keys stay."""
    keys = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(keys, list):
        raise ValueError("no key set")  # noqa: TRY004  # a wrong document, not a wrong type of ours
    usable = {key["kid"]: made for key in keys if _is_signing_key(key) and (made := _made(key))}
    if not usable:
        raise ValueError("no usable key")
    return usable


def _made(key: dict[str, Any]) -> jwt.PyJWK | None:
    try:
        return jwt.PyJWK(key, algorithm=ALGORITHM)
    except jwt.PyJWTError:
        log.warning("jwks.broken_key")
        return None


def _is_signing_key(key: Any) -> bool:
    return (
        isinstance(key, dict)
        and isinstance(key.get("kid"), str)
        and key.get("kty") == "RSA"
        and key.get("use", "sig") == "sig"
        and key.get("alg", ALGORITHM) == ALGORITHM
    )

"""Signed links, each good for a day and never the same twice, as LemonSqueezy makes them for checkouts and portals."""

from __future__ import annotations

import hmac
import secrets
import time
from urllib.parse import parse_qsl, urlencode

DAY_S = 24 * 3600


class Links:
    """`url`: where the store's pages are."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._secret = secrets.token_bytes(32)

    def signed(self, path: str, **facts: str) -> str:
        query = urlencode({"expires": int(time.time()) + DAY_S, "nonce": secrets.token_hex(4), **facts})
        return f"{self.url}{path}?{query}&signature={self._signature(path, query)}"

    def portal_urls(self, subscription_id: str, customer_id: str) -> dict[str, str]:
        """What a subscription says of where its customer may look after it."""
        return {
            "update_payment_method": self.signed(f"/subscription/{subscription_id}/payment-details"),
            "customer_portal": self.signed("/billing", user=customer_id),
            "customer_portal_update_subscription": self.signed(f"/billing/{subscription_id}/update", user=customer_id),
        }

    def fits(self, path: str, query: str) -> bool:
        """Whether the link is one of these, and its day is not over."""
        signed, _, signature = query.rpartition("&signature=")
        fresh = float(dict(parse_qsl(signed)).get("expires", 0)) > time.time()
        return hmac.compare_digest(signature.encode(), self._signature(path, signed).encode()) and fresh

    def _signature(self, path: str, query: str) -> str:
        return hmac.digest(self._secret, f"{path}?{query}".encode(), "sha256").hex()

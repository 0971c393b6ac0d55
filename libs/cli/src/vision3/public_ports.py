"""The ports that people talk to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from vision3.errors import CommandError
from vision3.servers.ports import free_port, is_free, next_free_port

GATEWAY_PORT = 8080
BILLING_PORT = 8081
LEMONSQUEEZY_PORT = 8082


@dataclass(frozen=True, slots=True)
class PublicPorts:
    """Chosen when the system starts, and kept while it runs."""

    gateway: int
    billing: int
    lemonsqueezy: int

    @classmethod
    def choose(cls, wanted: int | None) -> Self:
        """wanted: None for the usual ones or the next that are free, 0 for any, else this one or an error."""
        if wanted == 0:
            return cls(free_port(), free_port(), free_port())
        if wanted is None:
            return cls(*map(next_free_port, (GATEWAY_PORT, BILLING_PORT, LEMONSQUEEZY_PORT)))
        if not is_free(wanted):
            raise CommandError(f"port {wanted} is taken: choose another with --port, or 0 for any free one")
        return cls(wanted, *(next_free_port(max(port, wanted + 1)) for port in (BILLING_PORT, LEMONSQUEEZY_PORT)))

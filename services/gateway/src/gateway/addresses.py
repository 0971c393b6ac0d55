"""Who is at the other end: the connection's address, or what our own proxies say of it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from starlette.types import Scope

UNKNOWN = "unknown"
HOPS_MOST = 20


class TrustedProxies:
    """`networks`: CIDRs of the proxies whose X-Forwarded-For is believed. None: nobody's is."""

    def __init__(self, networks: Iterable[str]) -> None:
        self._networks = tuple(ip_network(network) for network in networks)

    def client(self, scope: Scope) -> str:
        """The nearest hop that is no proxy of ours: whatever stands to the left of it, the caller may have made up."""
        peer = (scope.get("client") or (UNKNOWN,))[0]
        if not self._networks or not self._trusts(peer):
            return _plain(peer)
        nearest = peer
        for hop in reversed(_forwarded_for(scope)):
            if _parsed(hop) is None:
                break
            nearest = hop
            if not self._trusts(hop):
                break
        return _plain(nearest)

    def _trusts(self, address: str) -> bool:
        parsed = _parsed(address)
        return parsed is not None and any(parsed in network for network in self._networks)


def _forwarded_for(scope: Scope) -> list[str]:
    """All such headers, in order, as one list."""
    values = [value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for"]
    return [hop.strip() for value in values for hop in value.split(",")][-HOPS_MOST:]


@lru_cache(maxsize=4096)
def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    try:
        parsed = ip_address(address)
    except ValueError:
        return None
    return getattr(parsed, "ipv4_mapped", None) or parsed


def _plain(address: str) -> str:
    """One spelling for one address; a Unix socket's peer has none."""
    return str(_parsed(address) or UNKNOWN).partition("%")[0]

"""Whose address counts when proxies stand between."""

from __future__ import annotations

import pytest

from gateway.addresses import TrustedProxies

PROXIES = ("10.0.0.0/8", "2001:db8:1::/48")


def scope(peer: str | None, *forwarded: str) -> dict[str, object]:
    headers = [(b"x-forwarded-for", value.encode("latin-1")) for value in forwarded]
    return {"type": "http", "client": (peer, 1234) if peer else None, "headers": headers}


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.9", (), "203.0.113.9"),
        ("203.0.113.9", ("198.51.100.1",), "203.0.113.9"),
        ("10.1.2.3", (), "10.1.2.3"),
        ("10.1.2.3", ("198.51.100.1",), "198.51.100.1"),
        ("10.1.2.3", ("6.6.6.6, 198.51.100.1",), "198.51.100.1"),
        ("10.1.2.3", ("6.6.6.6, 198.51.100.1, 10.9.9.9",), "198.51.100.1"),
        ("10.1.2.3", ("6.6.6.6", "198.51.100.1"), "198.51.100.1"),
        ("10.1.2.3", ("198.51.100.1, nonsense",), "10.1.2.3"),
        ("10.1.2.3", ("198.51.100.1, nonsense, 10.9.9.9",), "10.9.9.9"),
        ("10.1.2.3", ("",), "10.1.2.3"),
        ("10.1.2.3", ("10.4.4.4, 10.5.5.5",), "10.4.4.4"),
        ("::ffff:10.1.2.3", ("198.51.100.1",), "198.51.100.1"),
        ("2001:db8:1::7", ("2001:db8:9:0::1",), "2001:db8:9::1"),
        ("10.1.2.3", ("2001:DB8:9::1",), "2001:db8:9::1"),
        ("10.1.2.3", ("\xff\xfe",), "10.1.2.3"),
        (None, (), "unknown"),
        ("/run/gateway.sock", ("198.51.100.1",), "unknown"),
    ],
)
def test_the_nearest_hop_that_is_no_proxy_of_ours(peer: str | None, forwarded: tuple[str, ...], client: str):
    assert TrustedProxies(PROXIES).client(scope(peer, *forwarded)) == client


def test_without_proxies_nobody_is_believed():
    assert TrustedProxies(()).client(scope("127.0.0.1", "198.51.100.1")) == "127.0.0.1"


def test_a_very_long_list_is_read_from_its_end():
    made_up = ", ".join(["6.6.6.6"] * 100_000)
    assert TrustedProxies(PROXIES).client(scope("10.1.2.3", f"{made_up}, 198.51.100.1")) == "198.51.100.1"

"""Ports: ours while we restart, and never another's."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from vision3.errors import CommandError
from vision3.public_ports import PublicPorts
from vision3.servers.ports import free_port, is_free, next_free_port


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_a_port_with_a_listener_is_not_free(taken: int) -> None:
    assert not is_free(taken)


def test_free_ports_differ_and_are_not_used_for_outgoing_connections() -> None:
    lowest_outgoing = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    ports = {free_port() for _ in range(50)}
    assert len(ports) == 50
    assert max(ports) < lowest_outgoing


def test_the_next_free_port_skips_taken_ones(taken: int) -> None:
    assert next_free_port(taken) > taken


def test_a_wanted_port_that_is_taken_is_an_error(taken: int) -> None:
    with pytest.raises(CommandError, match=f"port {taken} is taken"):
        PublicPorts.choose(taken)


def test_a_wanted_port_is_had() -> None:
    wanted = free_port()
    ports = PublicPorts.choose(wanted)
    assert ports.gateway == wanted
    assert ports.billing != wanted


def test_any_port_means_two_different_free_ones() -> None:
    ports = PublicPorts.choose(0)
    assert ports.gateway != ports.billing
    assert is_free(ports.gateway)

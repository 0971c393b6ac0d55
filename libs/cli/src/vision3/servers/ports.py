"""Ports that stay ours while a server restarts.

They come from below the range from which the kernel takes ports for outgoing connections: inside it a client that
reconnects to a dead server can be given the server's own port, connect to itself, and keep the server from coming back.
"""

from __future__ import annotations

import random
import socket
from pathlib import Path

LOCAL_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
LOWEST = 15_000
HOST = "127.0.0.1"

_handed_out: set[int] = set()


def is_free(port: int) -> bool:
    """Whether a server could listen on it now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A free port, each to one caller of this process only."""
    below = int(LOCAL_RANGE.read_text().split()[0]) if LOCAL_RANGE.exists() else 32_768
    candidates = random.sample(range(LOWEST, max(below, LOWEST + 1_000)), 200)
    for port in candidates:
        if port not in _handed_out and is_free(port):
            _handed_out.add(port)
            return port
    raise OSError(f"no free port between {LOWEST} and {below}")


def next_free_port(preferred: int) -> int:
    """The first free port from `preferred` upwards."""
    for port in range(preferred, preferred + 100):
        if port not in _handed_out and is_free(port):
            _handed_out.add(port)
            return port
    raise OSError(f"no free port between {preferred} and {preferred + 99}")

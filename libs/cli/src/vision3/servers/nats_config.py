"""What a NATS server of this system is told, on one machine and on many (vision3/deployed_nats.py)."""

from __future__ import annotations

import json
from collections.abc import Mapping

from common.permissions import PARTS, permissions

OPERATOR = "operator"
"""May do everything: who looks after dead letters, or restores. No service knows the password."""

USERS = (OPERATOR, *PARTS)
MEMORY_STORE_BYTES = 32 * 1024**2
FILE_STORE_BYTES = 2 * 1024**3


def nats_settings(passwords: Mapping[str, str], *, host: str, port: int) -> dict[str, object]:
    """passwords: by the names in USERS. Where the store lies is a matter of the command line (--store_dir)."""
    return {
        "server_name": "vision3",
        "host": host,
        "port": port,
        "max_payload": 1024**2,
        "max_connections": 1024,
        "authorization": {"users": [_user(name, passwords[name]) for name in USERS]},
        "jetstream": {
            "sync_interval": "always",
            "max_memory_store": MEMORY_STORE_BYTES,
            "max_file_store": FILE_STORE_BYTES,
        },
    }


def _user(name: str, password: str) -> dict[str, object]:
    user: dict[str, object] = {"user": name, "password": password}
    return user if name == OPERATOR else {**user, "permissions": permissions(name)}


def rendered(settings: Mapping[str, object]) -> str:
    """The configuration language is nearly a superset of JSON: it knows no \\u in strings."""
    return json.dumps(settings, indent=1, ensure_ascii=False) + "\n"

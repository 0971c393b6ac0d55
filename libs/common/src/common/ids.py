"""UUIDv7: ids that sort by the time they were made, so that indexes stay dense and lists need no second key."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from uuid import UUID

_lock = threading.Lock()
_last = 0


def uuid7() -> UUID:
    """48 bits of milliseconds, then 74 random bits; later calls in one process always sort later."""
    global _last
    value = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10))
    with _lock:
        # Within one millisecond (or when the clock steps back) count up from the last one.
        _last = value = value if value > _last else _last + (1 << 32)
    return UUID(int=_with_version(value))


def _with_version(value: int) -> int:
    value = value & ~(0xF << 76) | 0x7 << 76
    return value & ~(0x3 << 62) | 0x2 << 62


def derived(parent: UUID, name: str) -> UUID:
    """The one UUIDv7 of this name under this parent: it takes the parent's time, and a digest for the rest.

    What is made again after a crash gets the same id, and so the same object key: it overwrites instead of leaking.
    """
    digest = hashlib.sha256(parent.bytes + name.encode()).digest()[:10]
    return UUID(int=_with_version((parent.int >> 80) << 80 | int.from_bytes(digest)))

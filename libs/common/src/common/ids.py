"""UUIDv7: ids that sort by the time they were made, so that indexes stay dense and lists need no second key."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from datetime import datetime
from uuid import UUID

RANDOM_BYTES, AHEAD = 10, 100
"""Of an id; and how many ids' worth is read from the system at once: a call costs more than all the rest of an id."""

_lock = threading.Lock()
_last = 0
_random = b""


def uuid7() -> UUID:
    """48 bits of milliseconds, then 74 random bits; later calls in one process always sort later."""
    global _last, _random
    with _lock:
        _random = _random[RANDOM_BYTES:] or os.urandom(RANDOM_BYTES * AHEAD)
        value = (time.time_ns() // 1_000_000) << 74 | int.from_bytes(_random[:RANDOM_BYTES]) >> 6
        # Within one millisecond (or when the clock steps back) count up from the last one.
        _last = value = value if value > _last else _last + (1 << 32)
    return _laid_out(value)


def _forget_random() -> None:
    """A forked process would go on with its parent's."""
    global _random
    _random = b""


os.register_at_fork(after_in_child=_forget_random)


def _laid_out(value: int) -> UUID:
    """The version's four bits and the variant's two go between the value's 122, whose order is kept."""
    milliseconds, high, low = value >> 74, value >> 62 & 0xFFF, value & (1 << 62) - 1
    return UUID(int=milliseconds << 80 | 0x7 << 76 | high << 64 | 0x2 << 62 | low)


def earliest(at: datetime) -> UUID:
    """No id that was made then, or later, sorts before it."""
    return _laid_out(int(at.timestamp() * 1000) << 74)


def derived(parent: UUID, name: str) -> UUID:
    """The one UUIDv7 of this name under this parent: it takes the parent's time, and a digest for the rest.

    What is made again after a crash gets the same id, and so the same object key: it overwrites instead of leaking.
    """
    digest = hashlib.sha256(parent.bytes + name.encode()).digest()[:10]
    return _laid_out((parent.int >> 80) << 74 | int.from_bytes(digest) >> 6)

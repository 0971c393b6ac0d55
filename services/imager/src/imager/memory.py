"""glibc keeps the buffers of finished pictures, several hundred megabytes after a busy hour: given back when idle."""

from __future__ import annotations

import ctypes
import ctypes.util

EVERY_S = 15.0


async def give_back() -> None:
    """A few milliseconds; does nothing where the C library has no malloc_trim (musl, macOS)."""
    trim = getattr(ctypes.CDLL(ctypes.util.find_library("c")), "malloc_trim", None)
    if trim is not None:
        trim(0)

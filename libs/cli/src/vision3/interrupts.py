"""Ctrl-C, a closed terminal and `kill` end what runs in the same orderly way."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


async def stopped_by_signals(work: Coroutine[Any, Any, None]) -> bool:
    """Runs `work`, cancelled by the first of the signals so that it can clean up. Returns whether it ran to its end."""
    loop = asyncio.get_running_loop()
    task = asyncio.create_task(work)
    for number in SIGNALS:
        loop.add_signal_handler(number, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        return False
    return True

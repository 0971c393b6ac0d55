"""Token buckets in memory: a minute's tokens for each caller, which fill evenly."""

from __future__ import annotations

import time

MINUTE_S = 60
CALLERS_MOST = 100_000
"""Then those whose buckets are full again are forgotten, and if that is not enough, all of them."""


class Buckets:
    """One for each caller. Nothing runs by itself, and what a caller left unused is worked out when they come again."""

    def __init__(self, per_minute: int, callers_most: int = CALLERS_MOST) -> None:
        self._burst = float(per_minute)
        self._per_s = per_minute / MINUTE_S
        self._callers_most = callers_most
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, caller: str) -> float:
        """Seconds to wait until there is a token; 0: one was taken. A refusal takes none."""
        now = time.monotonic()
        left = self._left(caller, now)
        if left < 1:
            return (1 - left) / self._per_s
        if len(self._buckets) >= self._callers_most:
            self._forget_idle(now)
        self._buckets[caller] = left - 1, now
        return 0.0

    def _left(self, caller: str, now: float) -> float:
        left, at = self._buckets.get(caller, (self._burst, now))
        return min(self._burst, left + (now - at) * self._per_s)

    def _forget_idle(self, now: float) -> None:
        kept = {caller: bucket for caller, bucket in self._buckets.items() if self._left(caller, now) < self._burst}
        self._buckets = kept if len(kept) < self._callers_most // 2 else {}

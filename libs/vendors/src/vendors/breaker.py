"""Whether a vendor is called at all. Closed: yes. Open: not before a time. Then half open: by one process, to see.

It opens after FAILURES in a row, and when nobody's call can succeed until somebody acts: a vendor that comes up again
meets one call, and not all that waited. One that only asked to be left alone for a while is simply called again then.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

FAILURES = 5
FIRST_OPEN = timedelta(seconds=5)
LONGEST_OPEN = timedelta(seconds=30)
UNUSABLE_OPEN = timedelta(minutes=5)
"""Long enough not to be a nuisance, short enough for whoever has just paid the bill."""


@dataclass(frozen=True, slots=True)
class Breaker:
    """failures, openings: in a row. code: why it is open. final: waiting won't help. probe_until: while one looks."""

    failures: int = 0
    openings: int = 0
    open_until: datetime | None = None
    code: str | None = None
    final: bool = False
    probe_until: datetime | None = None

    def blocked_until(self, now: datetime) -> datetime | None:
        """When to come again; None: go ahead."""
        if self.open_until is None:
            return None
        if now < self.open_until:
            return self.open_until
        return self.probe_until if self.probe_until is not None and now < self.probe_until else None

    def begun(self, now: datetime, longest: timedelta) -> Breaker:
        """A call begins, which lasts so long at most. Where the breaker is half open, it is the one that looks."""
        if self.open_until is None:
            return self
        return replace(self, probe_until=now + longest) if self._is_half_open(now) else Breaker()

    def answered(self, now: datetime) -> Breaker:
        """It works. One that answers an earlier call still wants to be left alone."""
        return self if self._asked_for(now) else Breaker()

    def failed(self, now: datetime, code: str) -> Breaker:
        failures = self.failures + 1
        if self._is_open(now) or (not self._is_half_open(now) and failures < FAILURES):
            return replace(self, failures=failures)
        lasts = min(FIRST_OPEN * 2 ** min(self.openings, 10), LONGEST_OPEN)
        return Breaker(failures=failures, openings=self.openings + 1, open_until=now + lasts, code=code)

    def paused(self, now: datetime, lasts: timedelta, code: str, *, final: bool = False) -> Breaker:
        """The vendor answered, and said not to come before `lasts` are over; final: not before somebody acts."""
        until = now + lasts
        if self._asked_for(now) and self.open_until is not None:
            if self.final and not final:
                return self
            until = max(until, self.open_until)
        return Breaker(open_until=until, code=code, final=final)

    def undecided(self) -> Breaker:
        """A call ended in a way that says nothing of the vendor: where it was to look, another may."""
        return replace(self, probe_until=None)

    def _is_open(self, now: datetime) -> bool:
        return self.open_until is not None and now < self.open_until

    def _is_half_open(self, now: datetime) -> bool:
        """A pause that was only asked for is over when it is over."""
        return self.open_until is not None and now >= self.open_until and (self.openings > 0 or self.final)

    def _asked_for(self, now: datetime) -> bool:
        return self._is_open(now) and not self.openings

"""What all processes together know of a vendor: whether it works, how often it was called, what tries it can spare."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from common.errors import NotTried, Permanent, WorkError
from vendors import quota
from vendors.breaker import UNUSABLE_OPEN, Breaker
from vendors.errors import Failed, OutOfTime, Paused, Unusable

SPARE_EACH = 0.1
"""Of a second try at once, for each first one: a vendor that fails more often is not asked harder for it."""
SPARE_MOST = 5.0
LOOK_AGAIN = timedelta(seconds=2)
"""Who probes a vendor may take as long as a call may; it mostly knows much sooner."""
LEAST_PAUSE_S = 1.0
"""Some vendors refuse a call and ask for a pause of milliseconds: all that wait would ask at once, again and again."""


@dataclass(frozen=True, slots=True)
class State:
    """starts: of the last minute's calls. spare: second tries that have been saved up."""

    starts: tuple[datetime, ...] = ()
    spare: float = 0.0
    breaker: Breaker = field(default_factory=Breaker)

    def begun(
        self, now: datetime, *, per_minute: int, patience: timedelta, longest: timedelta
    ) -> tuple[State, datetime]:
        """With a call that may begin at the time returned. Raises NotTried when that is further off than `patience`,
        Permanent when the vendor is shut for good."""
        blocked = self.breaker.blocked_until(now)
        if blocked is not None:
            raise _shut(self.breaker, blocked - now)
        start = quota.next_start(self.starts, per_minute, now)
        if start - now > patience:
            raise NotTried("provider_quota", _TRIED_LATER, retry_after_s=(start - now).total_seconds())
        return replace(
            self,
            starts=quota.with_start(self.starts, start, now),
            spare=min(self.spare + SPARE_EACH, SPARE_MOST),
            breaker=self.breaker.begun(now, (start - now) + longest),
        ), start

    def ended(self, now: datetime, error: BaseException | None) -> State:
        """A call's end. A WorkError that is no failure of the vendor's says that it works: a refusal, too."""
        return replace(self, breaker=_after(self.breaker, now, error))

    def with_second_try(self) -> State | None:
        """None when none is to spare, or the vendor does not work."""
        if self.spare < 1 or self.breaker.open_until is not None:
            return None
        return replace(self, spare=self.spare - 1)


_TRIED_LATER = "The service that makes it is asked as soon as it may be."


def _shut(breaker: Breaker, lasts: timedelta) -> WorkError:
    code = breaker.code or "provider_unavailable"
    if breaker.final:
        return Permanent(code, "The service that makes it is not available.")
    if breaker.probe_until is not None:
        lasts = min(lasts, LOOK_AGAIN)
    return NotTried(code, _TRIED_LATER, retry_after_s=lasts.total_seconds())


def _after(breaker: Breaker, now: datetime, error: BaseException | None) -> Breaker:
    match error:
        case Unusable():
            return breaker.paused(now, UNUSABLE_OPEN, error.code, final=True)
        case Paused():
            return breaker.paused(now, timedelta(seconds=max(error.retry_after_s or 0, LEAST_PAUSE_S)), error.code)
        case Failed():
            return breaker.failed(now, error.code)
        case OutOfTime():
            return breaker.undecided()
        case WorkError() | None:
            return breaker.answered(now)
    return breaker.undecided()

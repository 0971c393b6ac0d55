"""A vendor's API as all processes together call it: within its quota, and not at all while it is down."""

from __future__ import annotations

import asyncio
import random
import time
import traceback
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import structlog
from prometheus_client import Counter, Histogram

from common.db import Database, Unavailable
from common.errors import NotTried, WorkError
from vendors import errors, queries
from vendors.errors import Failed
from vendors.settings import VendorSettings

log = structlog.get_logger()

PATIENCE = timedelta(seconds=5)
"""A worker waits so long in its place for the quota; beyond that, its work goes back to the queue."""
QUICK_S = 10.0
"""A call that failed within so long may be made again at once."""
LEAST_S = 5.0
"""Nothing is begun with less time than that: no model is as fast, and it would have to be paid for."""

CALLS = Counter("vision3_provider_calls", "Calls to vendors by what became of them", ["provider", "outcome"])
NOT_ASKED = Counter("vision3_provider_not_asked", "Calls that were not made, by why", ["provider", "code"])
SECONDS = Histogram(
    "vision3_provider_call_duration_seconds", "Time of a call", ["provider"], buckets=(0.5, 1, 2, 4, 8, 15, 30, 60, 120)
)

A = TypeVar("A")
T = TypeVar("T")


async def as_it_is(answer: A) -> A:
    """For callers to whom any answer is one."""
    return answer


def _place(error: Exception) -> str:
    """Where it was raised. Its message may quote what the vendor wrote."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{Path(frame.filename).name}:{frame.lineno}"


class Vendor:
    """One for each vendor in a process; what it knows, all processes know. No connection is held during a call."""

    def __init__(self, db: Database, name: str, *, per_minute: int, timeout_s: float) -> None:
        """`timeout_s`: for a whole call, from connecting to the answer's last byte."""
        self.name = name
        self._db = db
        self._per_minute = per_minute
        self._timeout_s = timeout_s

    @classmethod
    def of(cls, name: str, settings: VendorSettings, db: Database) -> Vendor:
        """name: what for, and whose: each has a quota of its own."""
        return cls(db, name, per_minute=settings.per_minute, timeout_s=settings.timeout_s)

    async def call(
        self, make: Callable[[], Awaitable[A]], accept: Callable[[A], Awaitable[T]], *, timeout_s: float
    ) -> T:
        """What `accept` makes of the answer to `make`, which is called again at once if it failed quickly and there is
        a try to spare. `accept` may take its time; a Failed of its own says that the answer is of no use.

        Raises what they do; NotTried or Permanent without calling; Failed when `make` takes too long.
        """
        ends = time.monotonic() + timeout_s
        failed: WorkError | None = None
        while True:
            try:
                wait_s = await self._admitted(ends)
            except NotTried as shut:
                raise failed or shut from None
            started = time.monotonic() + wait_s
            try:
                await asyncio.sleep(wait_s)  # for the quota, with no connection held
                accepted = await accept(await self._timed(make, ends))
            except WorkError as error:
                failed = error
                quick = time.monotonic() - started < QUICK_S
                if not await self._may_repeat(error, quick and ends - time.monotonic() > QUICK_S):
                    raise
            except (Exception, asyncio.CancelledError) as error:
                await self._ended(error)
                raise
            else:
                await self._ended(None)
                return accepted

    async def _admitted(self, ends: float) -> float:
        """For how long to wait before the call."""
        left = timedelta(seconds=ends - time.monotonic() - LEAST_S)
        if left < timedelta(0):
            raise errors.too_slow()
        try:
            return await self._begun(min(PATIENCE, left))
        except WorkError as shut:
            NOT_ASKED.labels(self.name, shut.code).inc()
            if isinstance(shut, NotTried) and shut.retry_after_s:
                shut.retry_after_s *= random.uniform(1, 1.2)  # noqa: S311  # they need not all come at once
            raise

    async def _begun(self, patience: timedelta) -> float:
        async with self._db.tx() as tx:
            state, now = await queries.locked(tx, self.name)
            longest = timedelta(seconds=self._timeout_s)
            state, start = state.begun(now, per_minute=self._per_minute, patience=patience, longest=longest)
            await queries.save(tx, self.name, state)
        return (start - now).total_seconds()

    async def _timed(self, make: Callable[[], Awaitable[A]], ends: float) -> A:
        outcome, started = "stopped", time.monotonic()
        limit_s = min(self._timeout_s, ends - started)
        try:
            async with asyncio.timeout(limit_s):
                answer = await make()
        except TimeoutError as late:
            outcome = "provider_timeout"
            raise (errors.out_of_time() if limit_s < self._timeout_s / 2 else errors.too_slow()) from late
        except WorkError as error:
            outcome = error.code
            raise
        except Exception as error:
            outcome = "provider_garbled"  # an answer that no line of ours foresaw
            log.warning("provider.unforeseen", provider=self.name, reason=type(error).__name__, at=_place(error))
            raise errors.garbled() from error
        else:
            outcome = "answered"
            return answer
        finally:
            CALLS.labels(self.name, outcome).inc()
            SECONDS.labels(self.name).observe(time.monotonic() - started)

    async def _may_repeat(self, error: WorkError, quick: bool) -> bool:
        repeat = quick and isinstance(error, Failed) and not error.retry_after_s
        if await self._ended(error, repeat=repeat):
            await asyncio.sleep(random.uniform(0.1, 0.4))  # noqa: S311  # spreading load, not a secret
            return True
        return False

    async def _ended(self, error: BaseException | None, *, repeat: bool = False) -> bool:
        """Notes a call's end; whether there is a second try to spare, where one is wanted.

        What can't be noted is passed over: the answer may be paid for, and a refusal must not become something else.
        """
        try:
            return await self._noted(error, repeat=repeat)
        except Unavailable as away:
            log.warning("provider.not_noted", provider=self.name, exc_info=away)
            return False

    async def _noted(self, error: BaseException | None, *, repeat: bool) -> bool:
        async with self._db.tx() as tx:
            before, now = await queries.locked(tx, self.name)
            after = before.ended(now, error)
            again = after.with_second_try() if repeat else None
            await queries.save(tx, self.name, again or after)
        if after.breaker.open_until != before.breaker.open_until:
            log.warning("provider.breaker", provider=self.name, code=after.breaker.code, until=after.breaker.open_until)
        return again is not None

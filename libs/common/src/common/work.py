"""How leased work is attempted: the same rules for every row that can be worked on.

taken        the row's lease is ours, an attempt was counted
Permanent    the failure is recorded, the message is done
NotTried     the lease and the attempt go back, the message comes again
the rest     the lease goes back and the message comes again, until the attempts are used up:
             then the failure is recorded together with a dead letter
cancelled    by a process that stops: the lease goes back
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Protocol
from uuid import UUID

import structlog

from common import leases
from common.db import Database
from common.errors import Exhausted, NotTried, Permanent, Transient, WorkError
from common.leases import LeaseLost, Table

log = structlog.get_logger()

MAX_ATTEMPTS = 5
VENDOR_MARGIN_S = 5.0
"""No vendor call outlives the deadline: so much is kept for what follows it."""


class Task(Protocol):
    """A row that was taken."""

    @property
    def id(self) -> UUID: ...
    @property
    def token(self) -> UUID: ...
    @property
    def attempts(self) -> int: ...


class Release(Protocol):
    """Gives a lease back, if it is still ours; untried: the attempt that was counted with it, too."""

    def __call__(self, *, untried: bool = False) -> Awaitable[None]: ...


class LeaseHeld(Transient):
    """Somebody else works on it: look again when their lease ends."""

    def __init__(self, until: datetime, now: datetime) -> None:
        super().__init__("lease_held", "another worker holds the lease", retry_after_s=_until(until, now))


def _until(until: datetime, now: datetime) -> float:
    return max(0.2, (until - now).total_seconds() + 0.1)


@asynccontextmanager
async def attempt(
    db: Database,
    table: Table,
    task: Task,
    *,
    give_up: Callable[[WorkError], Awaitable[None]],
    release: Release,
) -> AsyncIterator[None]:
    """Runs the body under a renewed lease. `give_up` records the business failure."""
    if task.attempts > MAX_ATTEMPTS:
        await _exhausted(give_up, Exhausted("attempts_exhausted", f"it failed {MAX_ATTEMPTS} times"))
    try:
        async with leases.kept(db, table, task.id, task.token):
            yield
    except LeaseLost:
        raise
    except Permanent as error:
        await give_up(error)
    except NotTried:
        await _given_back(release, untried=True)
        raise
    except asyncio.CancelledError:
        await _given_back(release)  # we are stopping: another replica need not wait for the lease to end
        raise
    except Exception as error:
        if task.attempts >= MAX_ATTEMPTS:
            await _exhausted(give_up, _as_exhausted(error))
        await _given_back(release)
        raise


async def _given_back(release: Release, *, untried: bool = False) -> None:
    """What made the attempt fail is what the caller has to hear of; a lease that stays ends by itself."""
    try:
        await release(untried=untried)
    except Exception as error:
        log.warning("lease.not_released", exc_info=error)


async def _exhausted(give_up: Callable[[WorkError], Awaitable[None]], error: Exhausted) -> None:
    await give_up(error)
    raise error


def _as_exhausted(error: Exception) -> Exhausted:
    if isinstance(error, WorkError):
        return Exhausted(error.code, error.detail)
    return Exhausted("internal_error", "something went wrong on our side")

"""Attempts at leased work: what is recorded, what comes again, and what is given back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from common import leases, work
from common.db import Database
from common.errors import Exhausted, NotTried, Permanent, Refused, Transient, WorkError
from common.ids import uuid7
from common.leases import LeaseLost
from common.work import MAX_ATTEMPTS, LeaseHeld


@dataclass
class Attempt:
    """A taken row, and what its worker did with it."""

    attempts: int = 1
    id: UUID = field(default_factory=uuid7)
    token: UUID = field(default_factory=uuid7)
    given_up: list[WorkError] = field(default_factory=list)
    released: int = 0
    untried: int = 0
    began: int = 0
    release_fails: bool = False

    async def give_up(self, error: WorkError) -> None:
        self.given_up.append(error)

    async def release(self, *, untried: bool = False) -> None:
        self.released += 1
        self.untried += untried
        if self.release_fails:
            raise Transient("database_away", "the lease can't be given back now")

    async def run(self, db: Database, outcome: BaseException | None = None, *, takes_s: float = 0.0) -> None:
        async with work.attempt(db, "concepts", self, give_up=self.give_up, release=self.release):
            self.began += 1
            await asyncio.sleep(takes_s)
            if outcome is not None:
                raise outcome


@pytest.fixture
async def db() -> AsyncIterator[Database]:
    """Never asked: nothing here lasts until a renewal, but where it says so."""
    database = Database("postgresql://nobody@127.0.0.1:1/none")
    await database.open()
    yield database
    await database.close()


async def test_a_success_records_and_gives_back_nothing(db: Database):
    attempt = Attempt()
    await attempt.run(db)
    assert (attempt.began, attempt.given_up, attempt.released) == (1, [], 0)


@pytest.mark.parametrize("error", [Permanent("too_dark", "no contrast"), Refused("refused", "a vendor said no")])
async def test_a_permanent_failure_is_recorded_and_the_message_is_done(db: Database, error: Permanent):
    attempt = Attempt()
    await attempt.run(db, error)
    assert (attempt.given_up, attempt.released) == ([error], 0)


@pytest.mark.parametrize("error", [Transient("vendor_away", "later"), ZeroDivisionError("a bug")])
async def test_what_may_pass_gives_the_lease_back_and_comes_again(db: Database, error: Exception):
    attempt = Attempt(attempts=MAX_ATTEMPTS - 1)
    with pytest.raises(type(error)):
        await attempt.run(db, error)
    assert (attempt.given_up, attempt.released) == ([], 1)


async def test_a_lease_that_can_not_be_given_back_does_not_hide_the_failure(db: Database):
    attempt = Attempt(release_fails=True)
    with pytest.raises(Transient, match="vendor_away"):
        await attempt.run(db, Transient("vendor_away", "later", retry_after_s=7.0))
    assert attempt.released == 1


@pytest.mark.parametrize(
    ("error", "code"),
    [(Transient("vendor_away", "later"), "vendor_away"), (ZeroDivisionError("with a secret"), "internal_error")],
)
async def test_the_last_attempt_records_the_failure_and_ends_in_a_dead_letter(
    db: Database, error: Exception, code: str
):
    attempt = Attempt(attempts=MAX_ATTEMPTS)
    with pytest.raises(Exhausted) as exhausted:
        await attempt.run(db, error)
    assert exhausted.value.code == code
    assert "secret" not in exhausted.value.detail
    assert attempt.given_up == [exhausted.value]


async def test_work_whose_workers_were_killed_each_time_is_not_begun_again(db: Database):
    attempt = Attempt(attempts=MAX_ATTEMPTS + 1)
    with pytest.raises(Exhausted, match="attempts_exhausted"):
        await attempt.run(db)
    assert (attempt.began, len(attempt.given_up)) == (0, 1)


async def test_a_failure_that_could_not_be_recorded_is_not_dead(db: Database):
    class Unrecorded(Attempt):
        async def give_up(self, error: WorkError) -> None:
            raise Transient("database_away", "it can't be recorded now")

    with pytest.raises(Transient, match="database_away"):
        await Unrecorded(attempts=MAX_ATTEMPTS).run(db, ZeroDivisionError())


async def test_what_was_not_tried_gives_its_attempt_back_even_the_last(db: Database):
    attempt = Attempt(attempts=MAX_ATTEMPTS)
    with pytest.raises(NotTried):
        await attempt.run(db, NotTried("quota", "not now", retry_after_s=3))
    assert (attempt.given_up, attempt.released, attempt.untried) == ([], 1, 1)


async def test_a_stop_gives_the_lease_back(db: Database):
    attempt = Attempt()
    task = asyncio.create_task(attempt.run(db, takes_s=30))
    await asyncio.sleep(0.05)
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled()
    assert (attempt.given_up, attempt.released) == ([], 1)


async def test_a_lost_lease_is_neither_recorded_nor_given_back(db: Database, monkeypatch: pytest.MonkeyPatch):
    async def taken_over(*_: object) -> bool:
        return False

    monkeypatch.setattr(leases, "RENEW_S", 0.05)
    monkeypatch.setattr(leases, "_still_ours", taken_over)
    attempt = Attempt(attempts=MAX_ATTEMPTS)
    with pytest.raises(LeaseLost):
        await attempt.run(db, takes_s=5)
    assert (attempt.given_up, attempt.released) == ([], 0)


def test_a_held_lease_is_looked_at_again_when_it_ends():
    now = datetime.now(UTC)
    assert LeaseHeld(now + timedelta(seconds=4), now).retry_after_s == pytest.approx(4.1)
    assert LeaseHeld(now - timedelta(seconds=4), now).retry_after_s == pytest.approx(0.2)

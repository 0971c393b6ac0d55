"""A vendor as several processes call it: one quota, one breaker, and no connection held meanwhile."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import pytest

from common.db import Database
from common.errors import NotTried, Permanent, Refused, Transient, WorkError
from tests.support.servers import TestDatabase
from vendors import errors
from vendors.breaker import FAILURES
from vendors.errors import Failed, Paused, Unusable
from vendors.vendor import Vendor, as_it_is

NAME = "image test"


@dataclass
class Calls:
    """What a vendor does, call by call; the last one for ever."""

    outcomes: list[Any] = field(default_factory=lambda: ["good"])
    times: list[float] = field(default_factory=list)
    meanwhile: Callable[[], Awaitable[object]] | None = None

    async def __call__(self) -> str:
        self.times.append(time.monotonic())
        if self.meanwhile is not None:
            await self.meanwhile()
        outcome = self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]
        if isinstance(outcome, BaseException):
            raise outcome
        if isinstance(outcome, float):
            await asyncio.sleep(outcome)
        return str(outcome)


@pytest.fixture
async def dbs(database: TestDatabase) -> AsyncIterator[list[Database]]:
    """Of an imager and of another one."""
    pools = [Database(database.url("imager"), size=4) for _ in range(2)]
    for pool in pools:
        await pool.open()
    yield pools
    for pool in pools:
        await pool.close()


@pytest.fixture
def vendor(dbs: list[Database]) -> Vendor:
    return Vendor(dbs[0], NAME, per_minute=1_000, timeout_s=2)


async def refuses(vendor: Vendor, calls: Calls) -> WorkError:
    with pytest.raises(WorkError) as raised:
        await vendor.call(calls, as_it_is, timeout_s=60)
    return raised.value


async def test_an_answer_comes_as_it_is(vendor: Vendor):
    assert await vendor.call(Calls(["good"]), as_it_is, timeout_s=60) == "good"


async def test_the_quota_is_one_for_all_who_call(dbs: list[Database]):
    vendors = [Vendor(db, NAME, per_minute=7, timeout_s=5) for db in dbs]
    calls = Calls()
    results = await asyncio.gather(
        *(vendors[n % 2].call(calls, as_it_is, timeout_s=60) for n in range(30)), return_exceptions=True
    )
    refused = [result for result in results if isinstance(result, NotTried)]
    assert (results.count("good"), len(refused), len(calls.times)) == (7, 23, 7)
    assert all(error.code == "provider_quota" and 50 < (error.retry_after_s or 0) <= 75 for error in refused)


async def test_who_has_to_wait_for_the_quota_only_briefly_waits_where_it_is(vendor: Vendor, owner: asyncpg.Connection):
    vendor = Vendor(vendor._db, NAME, per_minute=1, timeout_s=2)
    await vendor.call(Calls(), as_it_is, timeout_s=60)
    await owner.execute("update vendors set starts = array[clock_timestamp() - interval '59 seconds']")
    started, calls = time.monotonic(), Calls()
    await vendor.call(calls, as_it_is, timeout_s=60)
    assert 0.5 < calls.times[0] - started < 5


async def test_failures_in_a_row_open_the_breaker_for_everyone(dbs: list[Database]):
    one, other = (Vendor(db, NAME, per_minute=1_000, timeout_s=5) for db in dbs)
    calls = Calls([errors.unavailable()])
    for _ in range(FAILURES):
        assert isinstance(await refuses(one, calls), Failed)
    shut = await refuses(other, calls)
    assert isinstance(shut, NotTried)
    assert 0 < (shut.retry_after_s or 0) <= 6
    assert len(calls.times) == FAILURES


async def test_one_looks_whether_it_works_again_and_then_all_may(dbs: list[Database], owner: asyncpg.Connection):
    one, other = (Vendor(db, NAME, per_minute=1_000, timeout_s=60) for db in dbs)
    for _ in range(FAILURES):
        await refuses(one, Calls([errors.unavailable()]))
    await owner.execute("update vendors set open_until = now()")
    looking = asyncio.create_task(one.call(Calls([0.5]), as_it_is, timeout_s=60))
    await asyncio.sleep(0.2)
    waits = await refuses(other, Calls())
    assert isinstance(waits, NotTried)
    assert (waits.retry_after_s or 0) < 3, "it is looked at again long before a call's longest time is over"
    await looking
    assert await other.call(Calls(), as_it_is, timeout_s=60) == "good"


async def test_who_waits_for_the_one_that_looks_asks_again_soon(dbs: list[Database], owner: asyncpg.Connection):
    """Not when a call may have lasted the longest: most answer sooner, and a picture's time runs."""
    one, other = (Vendor(db, NAME, per_minute=1_000, timeout_s=90) for db in dbs)
    for _ in range(FAILURES):
        await refuses(one, Calls([errors.unavailable()]))
    await owner.execute("update vendors set open_until = now()")
    looking = asyncio.create_task(one.call(Calls([0.5]), as_it_is, timeout_s=100))
    await asyncio.sleep(0.2)
    shut = await refuses(other, Calls())
    assert isinstance(shut, NotTried)
    assert 0 < (shut.retry_after_s or 0) <= 5
    await looking


async def bug(_answer: str) -> str:
    raise ZeroDivisionError


@pytest.mark.parametrize("how", ["cancelled", "a bug of ours"])
async def test_when_who_looks_is_stopped_another_may_look(dbs: list[Database], owner: asyncpg.Connection, how: str):
    one, other = (Vendor(db, NAME, per_minute=1_000, timeout_s=90) for db in dbs)
    for _ in range(FAILURES):
        await refuses(one, Calls([errors.unavailable()]))
    await owner.execute("update vendors set open_until = now()")
    calls = Calls([30.0] if how == "cancelled" else ["good"])
    looking = asyncio.create_task(one.call(calls, bug, timeout_s=100))
    while not calls.times:
        await asyncio.sleep(0.01)
    if how == "cancelled":
        looking.cancel()
    await asyncio.wait([looking])
    assert await other.call(Calls(), as_it_is, timeout_s=60) == "good"
    with pytest.raises((asyncio.CancelledError, ZeroDivisionError)):
        await looking


async def test_a_pause_of_no_time_is_a_short_one(vendor: Vendor):
    assert isinstance(await refuses(vendor, Calls([Paused(0.0)])), Paused)
    assert isinstance(await refuses(vendor, Calls()), NotTried)


async def test_a_call_that_our_deadline_cut_short_says_nothing_of_the_vendor(vendor: Vendor):
    vendor._timeout_s = 90
    for _ in range(FAILURES + 1):
        with pytest.raises(Transient, match="provider_timeout"):
            await vendor.call(Calls([30.0]), as_it_is, timeout_s=1.1)
    assert await vendor.call(Calls(), as_it_is, timeout_s=60) == "good"


@pytest.mark.parametrize("outcome", ["good", errors.refused(), Unusable("provider_key_refused", "…")])
async def test_what_came_counts_even_if_it_cannot_be_noted(
    vendor: Vendor, owner: asyncpg.Connection, outcome: str | WorkError
):
    """Else an answer that is paid for would be bought again, and a refusal asked for again."""
    await vendor.call(Calls(), as_it_is, timeout_s=60)
    async with owner.transaction():
        taken = asyncio.Event()

        async def meanwhile() -> None:
            await owner.execute("select from vendors for update")
            taken.set()

        call = vendor.call(Calls([outcome], meanwhile=meanwhile), as_it_is, timeout_s=60)
        if isinstance(outcome, str):
            assert await call == outcome
        else:
            with pytest.raises(type(outcome)):
                await call
        assert taken.is_set()


async def test_whoever_is_told_to_wait_makes_all_wait(dbs: list[Database]):
    one, other = (Vendor(db, NAME, per_minute=1_000, timeout_s=5) for db in dbs)
    assert isinstance(await refuses(one, Calls([Paused(30)])), Paused)
    shut = await refuses(other, Calls())
    assert isinstance(shut, NotTried)
    assert 25 < (shut.retry_after_s or 0) <= 36


async def test_a_vendor_that_nobody_can_use_is_final_for_all_until_somebody_acts(
    dbs: list[Database], owner: asyncpg.Connection
):
    one, other = (Vendor(db, NAME, per_minute=1_000, timeout_s=5) for db in dbs)
    await refuses(one, Calls([Unusable("provider_key_refused", "…")]))
    calls = Calls()
    shut = await refuses(other, calls)
    assert (type(shut), shut.code, calls.times) == (Permanent, "provider_key_refused", [])
    await owner.execute("update vendors set open_until = now()")
    assert await other.call(Calls(), as_it_is, timeout_s=60) == "good"


@pytest.mark.parametrize("no", [errors.rejected(), errors.refused(), Transient("store_unavailable", "…")])
async def test_what_is_no_failure_of_the_vendors_does_not_count_against_it(vendor: Vendor, no: WorkError):
    for _ in range(FAILURES + 1):
        assert await refuses(vendor, Calls([no])) is no
    assert await vendor.call(Calls(), as_it_is, timeout_s=60) == "good"


async def test_a_refusal_is_never_asked_for_twice(vendor: Vendor):
    calls = Calls([errors.refused(), "good"])
    assert isinstance(await refuses(vendor, calls), Refused)
    assert len(calls.times) == 1


async def test_a_second_try_at_once_is_saved_up_by_ten_calls(vendor: Vendor):
    calls = Calls([errors.unavailable(), "good"])
    assert isinstance(await refuses(vendor, calls), Failed)
    for _ in range(10):
        await vendor.call(Calls(), as_it_is, timeout_s=60)
    calls = Calls([errors.garbled(), "good"])
    assert await vendor.call(calls, as_it_is, timeout_s=60) == "good"
    assert len(calls.times) == 2
    assert isinstance(await refuses(vendor, Calls([errors.unavailable(), "good"])), Failed)


async def test_of_a_hundred_calls_ten_at_the_most_are_second_tries(vendor: Vendor):
    calls = Calls()
    for number in range(100):
        calls.outcomes = [errors.unavailable(), "good"] if number % 5 == 0 else ["good"]
        try:
            await vendor.call(calls, as_it_is, timeout_s=60)
        except Failed:
            calls.outcomes = ["good"]
    assert 100 < len(calls.times) <= 110


async def saved_up(vendor: Vendor) -> None:
    for _ in range(11):
        await vendor.call(Calls(), as_it_is, timeout_s=60)


async def test_no_second_try_is_made_before_the_time_that_the_vendor_asked_for(vendor: Vendor):
    await saved_up(vendor)
    calls = Calls([errors.unavailable(5.0), "good"])
    assert isinstance(await refuses(vendor, calls), Failed)
    assert len(calls.times) == 1


async def test_nor_when_the_first_one_took_long_or_too_little_time_is_left(
    vendor: Vendor, monkeypatch: pytest.MonkeyPatch
):
    async def late(_answer: str) -> str:
        await asyncio.sleep(0.2)
        raise errors.garbled()

    await saved_up(vendor)
    calls = Calls()
    with pytest.raises(Failed):
        await vendor.call(calls, late, timeout_s=9)
    assert len(calls.times) == 1
    monkeypatch.setattr("vendors.vendor.QUICK_S", 0.1)
    with pytest.raises(Failed):
        await vendor.call(calls, late, timeout_s=60)
    assert len(calls.times) == 2


async def test_a_second_try_that_the_quota_forbids_leaves_the_first_ones_failure(vendor: Vendor):
    """Which was an attempt: to say that nobody was asked would give it back."""
    await saved_up(vendor)
    vendor._per_minute = 12
    calls = Calls([errors.unavailable(), "good"])
    assert isinstance(await refuses(vendor, calls), Failed)
    assert len(calls.times) == 1


async def test_a_call_that_takes_too_long_is_ended_and_not_made_again_at_once(vendor: Vendor):
    for _ in range(10):
        await vendor.call(Calls(), as_it_is, timeout_s=60)
    vendor._timeout_s = 0.3
    calls = Calls([30.0])
    late = await refuses(vendor, calls)
    assert late.code == "provider_timeout"


async def test_accepting_an_answer_may_take_longer_than_the_call_and_is_no_failure_of_the_vendors(vendor: Vendor):
    """A store that is away, say: what is paid for is held until it comes back."""
    vendor._timeout_s = 0.1

    async def slowly(answer: str) -> str:
        await asyncio.sleep(0.4)
        return answer

    assert await vendor.call(Calls(), slowly, timeout_s=60) == "good"


async def test_an_answer_of_no_use_counts_against_who_sent_it(vendor: Vendor):
    async def refuse(_answer: str) -> str:
        raise Failed("background_blank", "…")

    for _ in range(FAILURES):
        with pytest.raises(Failed):
            await vendor.call(Calls(), refuse, timeout_s=60)
    assert isinstance(await refuses(vendor, Calls()), NotTried)


async def test_without_time_left_nobody_is_asked(vendor: Vendor):
    calls = Calls()
    with pytest.raises(Failed, match="provider_timeout"):
        await vendor.call(calls, as_it_is, timeout_s=4)
    assert calls.times == []


async def test_what_no_line_of_ours_foresaw_is_a_failure_of_the_answer(vendor: Vendor):
    assert (await refuses(vendor, Calls([ZeroDivisionError()]))).code == "provider_garbled"


async def test_no_connection_is_held_during_a_call(database: TestDatabase):
    db = Database(database.url("imager"), size=1)
    await db.open()

    async def needs_it_too() -> None:
        async with db.tx(budget_s=1.0) as tx:
            await tx.fetchval("select true")

    vendor = Vendor(db, NAME, per_minute=1_000, timeout_s=5)
    assert await vendor.call(Calls(meanwhile=needs_it_too), as_it_is, timeout_s=60) == "good"
    await db.close()


async def test_a_call_that_is_cancelled_is_only_a_call_that_was_begun(vendor: Vendor, owner: asyncpg.Connection):
    calls = Calls([30.0])
    task = asyncio.create_task(vendor.call(calls, as_it_is, timeout_s=60))
    while not calls.times:
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    row = await owner.fetchrow("select cardinality(starts) as starts, failures from vendors")
    assert tuple(row) == (1, 0)


async def test_vendors_have_quotas_and_breakers_of_their_own(dbs: list[Database]):
    pictures, texts = (Vendor(dbs[0], name, per_minute=1, timeout_s=5) for name in ("image test", "text test"))
    await pictures.call(Calls(), as_it_is, timeout_s=60)
    await texts.call(Calls(), as_it_is, timeout_s=60)
    assert isinstance(await refuses(pictures, Calls()), NotTried)

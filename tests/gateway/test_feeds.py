"""What followers share: how often it is read, and what becomes of them when it can't be."""

from __future__ import annotations

import asyncio

from gateway.feeds import Feed, Follower
from gateway.states import State

PENDING = State(b"{}", 'W/"pending"', settled=False)


async def test_however_many_hints_come_during_a_read_one_more_read_follows():
    reads: list[None] = []
    go_on = asyncio.Event()

    async def read() -> State:
        reads.append(None)
        await go_on.wait()
        return PENDING

    feed = Feed(read, asyncio.Semaphore(4))
    for _ in range(20):
        feed.hint()
        await asyncio.sleep(0)
    assert len(reads) == 1
    go_on.set()
    await asyncio.sleep(0.01)
    assert len(reads) == 2


async def test_a_read_that_breaks_sends_followers_home_and_harms_nobody_else():
    answers = iter([PENDING])

    async def read() -> State:
        return next(answers, None) or await broken()

    async def broken() -> State:
        raise ZeroDivisionError

    feed = Feed(read, asyncio.Semaphore(4))
    follower = Follower(feed, left=False)
    feed.followers.add(follower)
    shown = await follower.now()
    feed.hint()
    ends_at = asyncio.get_running_loop().time() + 60
    async with asyncio.timeout(2):
        assert [state async for state in follower.later(shown, ends_at)] == []

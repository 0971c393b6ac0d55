"""What is followed, and who follows it. Postgres is read on a hint or a look, never by a follower that waits.

Nothing is queued for a follower: one that is slow sees the latest state next.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress

import structlog

from common.errors import Problem, Transient
from gateway.states import State

log = structlog.get_logger()

LOOK_S = 5.0
SILENCE_S = 15.0
"""After this long without a state a stream says that it is alive: proxies cut what is silent."""

Read = Callable[[], Awaitable[State]]


class Feed:
    """What the followers of one thing share, all of the same user: the latest state, read once for each hint."""

    def __init__(self, read: Read, reads: asyncio.Semaphore) -> None:
        self.followers: set[Follower] = set()
        self.latest: State | None = None
        self.look_at = 0.0
        self._read = read
        self._reads = reads
        self._begun = self._taken = 0
        self._hinted = False
        self._refreshing: asyncio.Task[None] | None = None

    def hint(self) -> None:
        """However many come while one read is under way, one more follows."""
        self._hinted = True
        if self._refreshing is None:
            self._refreshing = asyncio.create_task(self._refresh())

    def dismiss(self) -> None:
        for follower in self.followers:
            follower.leave()

    async def now(self) -> State:
        """A state no older than this call. Raises what the read raises."""
        async with self._reads:
            return await self._take()

    async def look(self) -> None:
        """Reads. Without a database the last state stays; when nothing is left to follow, its followers leave."""
        try:
            await self._take()
        except Transient as error:
            log.warning("follower.blind", reason=error.code)
        except Problem:
            self.dismiss()
        except Exception as error:
            log.exception("follower.failed", exc_info=error)
            self.dismiss()

    async def _refresh(self) -> None:
        try:
            while self._hinted:
                self._hinted = False
                async with self._reads:
                    await self.look()
        finally:
            self._refreshing = None

    async def _take(self) -> State:
        """Of reads that overlap, the one that began last counts."""
        self._begun = turn = self._begun + 1
        self.look_at = asyncio.get_running_loop().time() + LOOK_S
        state = await self._read()
        if turn > self._taken:
            self._taken = turn
            self._show(state)
        return state

    def _show(self, state: State) -> None:
        if self.latest is None or state.etag != self.latest.etag:
            self.latest = state
            for follower in self.followers:
                follower.wake()


class Follower:
    """One that follows, for as long as its request lasts."""

    def __init__(self, feed: Feed, *, left: bool) -> None:
        self._feed = feed
        self._woken = asyncio.Event()
        self._left = left

    def wake(self) -> None:
        self._woken.set()

    def leave(self) -> None:
        """It ends at its next turn, which is now."""
        self._left = True
        self._woken.set()

    async def now(self) -> State:
        """Read after the request came. Raises the read's Problem, or Transient without a database."""
        return await self._feed.now()

    async def later(self, shown: State, ends_at: float) -> AsyncGenerator[State | None]:
        """Each other state after `shown`, and None after a silence.

        Ends with the settled state, when nothing is left to follow, or at `ends_at` by the loop's clock.
        """
        time = asyncio.get_running_loop().time
        silent_since = time()
        while not (shown.settled or self._left or time() >= ends_at):
            await self._rest(min(ends_at, silent_since + SILENCE_S))
            state = self._feed.latest or shown
            if state.etag != shown.etag:
                yield state
            elif time() >= silent_since + SILENCE_S:
                yield None
            else:
                continue
            shown, silent_since = state, time()

    async def _rest(self, until: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout_at(until):
                await self._woken.wait()
        self._woken.clear()

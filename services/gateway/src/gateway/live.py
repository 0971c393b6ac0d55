"""Following: a hint from the bus wakes whoever follows what it names, and Postgres says what has become of it.

Hints may be lost or doubled, so each follower also looks every few seconds. Nothing is queued for a follower: one that
is slow sees the latest state next, and one that waits holds no database connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from uuid import UUID

import structlog
from prometheus_client import Gauge

from common.bus import Bus
from common.errors import Transient
from common.events import (
    ArtifactEdited,
    ConceptFailed,
    ConceptRendered,
    CreditsChanged,
    EventData,
    GenerationCompleted,
    GenerationFailed,
)
from gateway.states import State

log = structlog.get_logger()

HINTS: tuple[type[EventData], ...] = (
    ConceptRendered,
    ConceptFailed,
    GenerationCompleted,
    GenerationFailed,
    ArtifactEdited,
    CreditsChanged,
)
LOOK_S = 5.0
SILENCE_S = 15.0
"""After this long without a state a stream says that it is alive: proxies cut what is silent."""
READS_AT_ONCE = 4
"""Fewer than the pool has connections, so that other requests find one whatever the followers do."""

FOLLOWERS = Gauge("vision3_gateway_followers", "Streams and long polls that wait for news")

Read = Callable[[], Awaitable[State]]


class Live:
    """The one set of subscriptions of a process, and who follows what."""

    def __init__(self, bus: Bus) -> None:
        self._feeds: dict[UUID, dict[UUID, Feed]] = {}
        self._reads = asyncio.Semaphore(READS_AT_ONCE)
        self._closed = False
        for event in HINTS:
            bus.listen(event, self._heard)

    @contextmanager
    def follow(self, what: UUID, user_id: UUID, read: Read) -> Iterator[Follower]:
        """Hints for `what` (a generation's or a user's id) count from here on: read after this, and none is missed."""
        feeds = self._feeds.setdefault(what, {})
        feed = feeds.setdefault(user_id, Feed(read, self._reads))
        follower = Follower(feed, left=self._closed)
        feed.followers.add(follower)
        try:
            with FOLLOWERS.track_inprogress():
                yield follower
        finally:
            feed.followers.discard(follower)
            if not feed.followers:
                feeds.pop(user_id, None)
            if not feeds:
                self._feeds.pop(what, None)

    def close(self) -> None:
        """Sends every follower home with what it has seen: its client asks another gateway."""
        self._closed = True
        for feeds in self._feeds.values():
            for feed in feeds.values():
                feed.dismiss()

    async def _heard(self, event: EventData) -> None:
        for name in ("generation_id", "user_id"):
            what: UUID | None = getattr(event, name, None)
            for feed in self._feeds.get(what, {}).values() if what else ():
                feed.hint()


class Feed:
    """What the followers of one thing share, all of the same user: a single read for each hint."""

    def __init__(self, read: Read, reads: asyncio.Semaphore) -> None:
        self.followers: set[Follower] = set()
        self.look_at = 0.0
        self._read = read
        self._reads = reads
        self._latest: asyncio.Task[State] | None = None

    def hint(self) -> None:
        self._latest = None
        for follower in self.followers:
            follower.wake()

    def dismiss(self) -> None:
        for follower in self.followers:
            follower.leave()

    async def state(self, *, afresh: bool = False) -> State:
        """No older than the last hint and LOOK_S; `afresh`: no older than this call."""
        now = asyncio.get_running_loop().time()
        if afresh or self._latest is None or now >= self.look_at:
            self._latest = asyncio.create_task(self._read_in_turn())
            self._latest.add_done_callback(_seen)
            self.look_at = now + LOOK_S
        return await asyncio.shield(self._latest)

    async def _read_in_turn(self) -> State:
        async with self._reads:
            return await self._read()


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
        return await self._feed.state(afresh=True)

    async def later(self, shown: State, ends_at: float) -> AsyncGenerator[State | None]:
        """Each other state after `shown`, and None after a silence.

        Ends with the settled state, or at `ends_at` by the loop's clock. Raises the read's Problem when nothing is left
        to follow.
        """
        time = asyncio.get_running_loop().time
        silent_since = time()
        while not (shown.settled or self._left or time() >= ends_at):
            await self._rest(min(ends_at, self._feed.look_at, silent_since + SILENCE_S))
            state = await self._look(shown)
            if state.etag != shown.etag:
                yield state
            elif time() >= silent_since + SILENCE_S:
                yield None
            else:
                continue
            shown, silent_since = state, time()

    async def _look(self, shown: State) -> State:
        try:
            return await self._feed.state()
        except Transient as error:
            log.warning("follower.blind", reason=error.code)
            return shown

    async def _rest(self, until: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout_at(until):
                await self._woken.wait()
        self._woken.clear()


def _seen(read: asyncio.Task[State]) -> None:
    """Whoever waited for it may have left: its error is nobody's then."""
    if not read.cancelled():
        read.exception()

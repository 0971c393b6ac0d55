"""Following: hints from the bus refresh what somebody follows; what no hint names is looked at every few seconds."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from prometheus_client import Gauge

from common.bus import Bus
from common.events import (
    ArtifactEdited,
    ConceptFailed,
    ConceptRendered,
    CreditsChanged,
    EventData,
    GenerationCompleted,
    GenerationFailed,
)
from gateway.feeds import Feed, Follower, Read
from gateway.limits import StreamLimit

HINTS: tuple[type[EventData], ...] = (
    ConceptRendered,
    ConceptFailed,
    GenerationCompleted,
    GenerationFailed,
    ArtifactEdited,
    CreditsChanged,
)
TICK_S = 0.25
READS_AT_ONCE, LOOKS_AT_ONCE = 4, 2
"""Together fewer than the pool has connections, so that other requests find one whatever the followers do. Looks have
their own, so that no hint waits behind them."""

FOLLOWERS = Gauge("vision3_gateway_followers", "Streams and long polls that wait for news")


class Live:
    """The one set of subscriptions of a process, and who follows what."""

    def __init__(self, bus: Bus, limit: StreamLimit) -> None:
        self._limit = limit
        self._feeds: dict[UUID, dict[UUID, Feed]] = {}
        self._reads = asyncio.Semaphore(READS_AT_ONCE)
        self._closed = False
        for event in HINTS:
            bus.listen(event, self._heard)

    @contextmanager
    def follow(self, what: UUID, user_id: UUID, read: Read) -> Iterator[Follower]:
        """Hints for `what` (a generation's or a user's id) count from here on: read after this, and none is missed.

        Raises the 429 when the user follows as much as one may.
        """
        with self._limit.place(user_id), FOLLOWERS.track_inprogress():
            feeds = self._feeds.setdefault(what, {})
            feed = feeds.setdefault(user_id, Feed(read, self._reads))
            follower = Follower(feed, left=self._closed)
            feed.followers.add(follower)
            try:
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
        for feed in self._all():
            feed.dismiss()

    async def look_around(self) -> None:
        """For ever: reads what was not read for LOOK_S. Under load that takes longer, rather than others' time."""
        while True:
            now = asyncio.get_running_loop().time()
            due = iter([feed for feed in self._all() if feed.look_at <= now])
            await asyncio.gather(*(_look_at(due) for _ in range(LOOKS_AT_ONCE)))
            await asyncio.sleep(TICK_S)

    def _all(self) -> Iterator[Feed]:
        return (feed for feeds in self._feeds.values() for feed in feeds.values())

    async def _heard(self, event: EventData) -> None:
        for name in ("generation_id", "user_id"):
            what: UUID | None = getattr(event, name, None)
            for feed in self._feeds.get(what, {}).values() if what else ():
                feed.hint()


async def _look_at(due: Iterator[Feed]) -> None:
    for feed in due:
        await feed.look()

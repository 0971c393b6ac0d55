"""The fetch loop of one durable consumer.

While a slot is free, one message is asked for: prefetched ones would be delivered again while they queue. The loop is
ours, since FastStream's asks again at once, for ever, when nobody answers (docs/decisions/0008-own-fetch-loop.md).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from prometheus_client import Gauge

from common.streams import WORK, Durable

log = structlog.get_logger()

FETCH_S = 1.0
"""How long one message is waited for; also how long it takes to notice that a restarted server forgot the fetch."""
PAUSE_S = 0.5  # after a fetch that failed at once, as it does while the consumer is gone
CANCEL_S = 2.0

SLOTS = Gauge("vision3_slots", "Messages that this process works on at once, at most", ["consumer"])
IN_USE = Gauge("vision3_slots_in_use", "Messages that this process works on", ["consumer"])


class Puller:
    """Hands each message to `deliver`, up to `slots` of them at once. `fetch_s`: see FETCH_S."""

    def __init__(
        self, durable: Durable, deliver: Callable[[Msg], Awaitable[None]], *, slots: int, fetch_s: float
    ) -> None:
        self.durable = durable
        self._fetch_s = fetch_s
        self._deliver = deliver
        self._slots = asyncio.Semaphore(slots)
        self._working: set[asyncio.Task[None]] = set()
        self._pulling: asyncio.Task[None] | None = None
        self._stopping = False
        SLOTS.labels(durable.name).set(slots)
        self._in_use = IN_USE.labels(durable.name)

    async def start(self, js: JetStreamContext) -> None:
        subscription = await js.pull_subscribe_bind(self.durable.name, stream=WORK)
        self._pulling = asyncio.create_task(self._pull(subscription))

    async def stop(self, grace_s: float) -> None:
        """Takes no more messages, then gives the handlers time; those that need longer are cancelled."""
        self._stopping = True  # a fetch that has just got its message swallows the cancellation
        if self._pulling is not None:
            self._pulling.cancel()
            await asyncio.wait({self._pulling})
        if self._working:
            _, late = await asyncio.wait(self._working, timeout=grace_s)
            await _cancelled(late)

    async def _pull(self, subscription: JetStreamContext.PullSubscription) -> None:
        try:
            while not self._stopping:
                await self._slots.acquire()
                message = await self._next(subscription)
                if message is None:
                    self._slots.release()
                else:
                    self._begin(message)
        finally:
            with suppress(NatsError):  # without its inbox, the server drops the fetch that is still outstanding
                await subscription.unsubscribe()

    async def _next(self, subscription: JetStreamContext.PullSubscription) -> Msg | None:
        try:
            return (await subscription.fetch(1, timeout=self._fetch_s))[0]
        except TimeoutError:
            return None
        except NatsError as error:
            log.warning("bus.not_fetched", consumer=self.durable.name, reason=type(error).__name__)
            await asyncio.sleep(PAUSE_S)
            return None

    def _begin(self, message: Msg) -> None:
        task = asyncio.create_task(self._work(message))
        self._working.add(task)
        task.add_done_callback(self._working.discard)

    async def _work(self, message: Msg) -> None:
        try:
            with self._in_use.track_inprogress():
                await self._deliver(message)
        except Exception as error:
            # Neither acked nor nak'ed: the message comes again after ack_wait.
            log.warning("message.not_settled", consumer=self.durable.name, exc_info=error)
        finally:
            self._slots.release()


async def _cancelled(tasks: set[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=CANCEL_S)

"""The bus: FastStream on NATS JetStream, with manual acks under our own middleware (delivery.py).

A slot is a fetch loop of its own with one message at a time: prefetched messages would be delivered twice while they
queue. The connection is made in the background and for ever; a service is useful without it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from typing import TypeVar

import structlog
from faststream import AckPolicy
from faststream.nats import JStream, NatsBroker, NatsMessage, PullSub
from nats.aio.client import Client
from nats.errors import Error as NatsError
from prometheus_client import Counter
from pydantic import BaseModel, ValidationError

from common.delivery import DeliveryMiddleware
from common.errors import Malformed, Problem, Transient
from common.events.envelope import EventData, unwrap
from common.requests import Answer, ProblemBody
from common.streams import WORK, DriftError, Durable, declare, work_created_at

log = structlog.get_logger()

FETCH_S = 1.0  # also the time it takes to notice that a restarted server forgot the outstanding fetch
WATCH_S = 2.0
PING_S = 5
STOP_GRACE_S = 8.0

ERRORS = Counter("vision3_nats_errors", "Errors that the NATS connection reported, permission violations among them")

E = TypeVar("E", bound=EventData)
R = TypeVar("R", bound=BaseModel)


class NoAnswer(Transient):
    """Nobody answered a request in time."""

    def __init__(self, subject: str) -> None:
        super().__init__("no_answer", f"nobody answered {subject} in time")


class Bus:
    """One connection of one service. Subscriptions are declared first, then `run` connects and keeps watch."""

    def __init__(self, url: str, service: str, *, abort: Callable[[str], None]) -> None:
        """`abort` ends the process: called when the connection is closed for good or the declarations don't fit."""
        self._service = service
        self._abort = abort
        self._stopping = False
        self._durables: dict[str, Durable] = {}
        self._look_now = asyncio.Event()
        self._declared = False
        self._work_created_at: datetime | None = None
        self._when_lost: list[Callable[[], Awaitable[None]]] = []
        self.connection_made = asyncio.Event()
        self.broker = NatsBroker(
            url,
            name=service,
            logger=None,
            apply_types=False,
            ack_policy=AckPolicy.MANUAL,
            middlewares=[DeliveryMiddleware],
            graceful_timeout=STOP_GRACE_S,
            max_reconnect_attempts=-1,
            reconnect_time_wait=1,
            ping_interval=PING_S,
            max_outstanding_pings=2,
            closed_cb=self._closed,
            error_cb=self._error,
            disconnected_cb=self._disconnected,
            reconnected_cb=self._reconnected,
        )

    def consume(self, event: type[E], handler: Callable[[E], Awaitable[None]], *, slots: int) -> None:
        """Work: up to `slots` messages at once. The handler's errors decide what follows (see delivery.py)."""
        durable = Durable(event)
        self._durables[durable.name] = durable

        async def decode(message: NatsMessage) -> E:
            return unwrap(message.body, event)

        for slot in range(slots):
            self.broker.subscriber(
                event.TYPE,
                durable=durable.name,
                stream=JStream(WORK, declare=False),
                pull_sub=PullSub(batch_size=1, timeout=FETCH_S),
                config=durable.config,
                decoder=decode,
                no_reply=True,
                include_in_schema=slot == 0,
            )(handler)

    def listen(self, event: type[E], handler: Callable[[E], Awaitable[None]]) -> None:
        """Hints: every process hears every one that is sent while it is connected. Never the truth."""

        async def heard(message: NatsMessage) -> None:
            with suppress(Malformed):
                await handler(unwrap(message.body, event))

        self.broker.subscriber(event.TYPE, decoder=_undecoded, no_reply=True)(heard)

    def when_lost(self, callback: Callable[[], Awaitable[None]]) -> None:
        """Called when the work stream is found to be another one than before: what it held is gone."""
        self._when_lost.append(callback)

    def answer(
        self, subject: str, request: type[R], handler: Callable[[R], Awaitable[BaseModel]], *, at_once: int
    ) -> None:
        """Request/reply: one process of this service answers each request, `at_once` of them side by side."""

        async def reply(message: NatsMessage) -> dict[str, object]:
            return (await _answered(message, request, handler)).model_dump(mode="json")

        self.broker.subscriber(subject, queue=self._service, decoder=_undecoded, max_workers=at_once)(reply)

    async def request(self, subject: str, body: BaseModel, *, timeout_s: float) -> dict[str, object]:
        """The result of a request. Raises the Problem that was answered, or NoAnswer."""
        if not self.connected:
            raise NoAnswer(subject)
        try:
            message = await self.client.request(subject, body.model_dump_json().encode(), timeout=timeout_s)
            answer = Answer.model_validate_json(message.data)
        except (NatsError, TimeoutError, ValidationError) as error:
            raise NoAnswer(subject) from error
        if answer.problem is not None:
            raise answer.problem.to_problem()
        return answer.result or {}

    @property
    def client(self) -> Client:
        return self.broker.connection

    @property
    def connected(self) -> bool:
        return self._declared and self.client.is_connected

    async def run(self) -> None:
        """Connects however long that takes, declares, starts the subscriptions, then watches over them."""
        await self.broker.connect()
        self.connection_made.set()
        await self._declare_until_done()
        await self.broker.start()
        self._declared = True
        log.info("bus.started", consumers=sorted(self._durables))
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._look_now.wait(), timeout=WATCH_S)
            self._look_now.clear()
            await self._look()

    async def stop(self) -> None:
        self._stopping = True
        with suppress(NatsError, TimeoutError):
            await asyncio.wait_for(self.broker.stop(), timeout=STOP_GRACE_S + 2)

    async def _declare_until_done(self) -> None:
        while True:
            try:
                await declare(self.client.jetstream(), list(self._durables.values()))
            except DriftError as error:
                self._abort(str(error))
                raise
            except (NatsError, TimeoutError) as error:
                log.warning("bus.not_declared", reason=type(error).__name__)
                await asyncio.sleep(0.5)
            else:
                return

    async def _look(self) -> None:
        """A fetch from a consumer that is gone fails at once, for ever: declare it again."""
        if not self.client.is_connected:
            return
        try:
            created_at = await self._ask_created_at()
            if created_at is None:
                log.error("bus.declarations_lost")
                await self._declare_until_done()
                created_at = await self._ask_created_at()
        except (NatsError, TimeoutError) as error:
            log.warning("bus.not_watched", reason=type(error).__name__)
            return
        if self._work_created_at not in (None, created_at):
            for callback in self._when_lost:
                await callback()
        self._work_created_at = created_at

    async def _ask_created_at(self) -> datetime | None:
        return await work_created_at(self.client.jetstream(), list(self._durables.values()))

    async def _closed(self) -> None:
        if not self._stopping:
            self._abort("the NATS connection is closed for good")

    async def _error(self, error: Exception) -> None:
        ERRORS.inc()
        log.warning("bus.error", reason=type(error).__name__)

    async def _disconnected(self) -> None:
        log.warning("bus.disconnected")

    async def _reconnected(self) -> None:
        log.info("bus.reconnected")
        self._look_now.set()


async def _undecoded(message: NatsMessage) -> NatsMessage:
    return message


async def _answered(message: NatsMessage, request: type[R], handler: Callable[[R], Awaitable[BaseModel]]) -> Answer:
    try:
        result = await handler(request.model_validate_json(message.body))
        return Answer(result=result.model_dump(mode="json"))
    except Problem as problem:
        return Answer(problem=ProblemBody(status=problem.status, code=problem.code, detail=problem.detail))
    except Transient as error:
        log.warning("request.not_answered", reason=error.code)
        return Answer(problem=ProblemBody(status=503, code="unavailable", detail="try again in a few seconds"))
    except Exception as error:
        log.exception("request.failed", exc_info=error)
        return Answer(problem=ProblemBody(status=503, code="unavailable", detail="try again in a few seconds"))

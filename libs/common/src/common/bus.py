"""The bus: work from JetStream (pulling.py, delivery.py), hints and requests by FastStream's core subscriptions.

The connection is made in the background and for ever; a service is useful without it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

import structlog
from faststream.nats import NatsBroker, NatsMessage
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from prometheus_client import Counter
from pydantic import BaseModel, ValidationError

from common.delivery import deliver
from common.errors import Malformed, Problem, Transient
from common.events.envelope import EventData, unwrap
from common.permissions import inbox
from common.pulling import FETCH_S, Puller
from common.requests import Answer, ProblemBody
from common.streams import Durable
from common.watchdog import Watchdog

log = structlog.get_logger()

PING_S = 5
WORK_GRACE_S = 8.0
REQUEST_GRACE_S = 2.0
CLOSE_S = 2.0

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
        self._started = False
        self._pullers: list[Puller] = []
        self._durables: list[Durable] = []
        self._watchdog = Watchdog(self._durables, abort)
        self.connection_made = asyncio.Event()
        self.broker = NatsBroker(
            url,
            name=service,
            inbox_prefix=inbox(service),
            logger=None,
            apply_types=False,
            graceful_timeout=REQUEST_GRACE_S,
            max_reconnect_attempts=-1,
            reconnect_time_wait=1,
            ping_interval=PING_S,
            max_outstanding_pings=2,
            closed_cb=self._closed,
            error_cb=self._error,
            disconnected_cb=self._disconnected,
            reconnected_cb=self._reconnected,
        )

    def consume(
        self, event: type[E], handler: Callable[[E], Awaitable[None]], *, slots: int, fetch_s: float = FETCH_S
    ) -> None:
        """Work: up to `slots` messages at once. The handler's errors decide what follows (see delivery.py).

        fetch_s: more, where nobody minds that a restart of NATS is noticed later, costs less while idle.
        """

        async def work(raw: Msg) -> None:
            await deliver(self.client.jetstream(), raw, lambda: handler(unwrap(raw.data, event)))

        self._durables.append(Durable(event))
        self._pullers.append(Puller(self._durables[-1], work, slots=slots, fetch_s=fetch_s))

    def listen(self, event: type[E], handler: Callable[[E], Awaitable[None]]) -> None:
        """Hints: every process hears every one that is sent while it is connected. Never the truth."""

        async def heard(message: NatsMessage) -> None:
            try:
                await handler(unwrap(message.body, event))
            except Malformed as error:
                log.warning("hint.ignored", subject=event.TYPE, reason=error.code)
            except Exception as error:
                log.warning("hint.failed", subject=event.TYPE, exc_info=error)

        self.broker.subscriber(event.TYPE, decoder=_undecoded, no_reply=True)(heard)

    def when_lost(self, callback: Callable[[], Awaitable[None]]) -> None:
        """Called when the work stream is found to be another one than before: what it held is gone.

        Once per loss, in each process; again every few seconds while it raises.
        """
        self._watchdog.when_lost.append(callback)

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
        except (NatsError, ValidationError) as error:
            raise NoAnswer(subject) from error
        if answer.problem is not None:
            raise answer.problem.to_problem()
        return answer.result or {}

    @property
    def client(self) -> Client:
        return self.broker.connection

    @property
    def connected(self) -> bool:
        return self._started and self.client.is_connected

    async def run(self) -> None:
        """Connects however long that takes, declares, starts the subscriptions, then watches over them."""
        await self.broker.connect()
        self.connection_made.set()
        await self._watchdog.declare(self.client)
        await self.broker.start()
        for puller in self._pullers:
            await puller.start(self.client.jetstream())
        self._started = True
        log.info("bus.started", consumers=sorted(durable.name for durable in self._durables))
        await self._watchdog.watch(self.client)

    async def stop(self) -> None:
        """Ends the work under way, by force after a while, then the connection. Takes 12 s at most."""
        self._stopping = True
        self._started = False
        await asyncio.gather(*(puller.stop(WORK_GRACE_S) for puller in self._pullers))
        if self.connection_made.is_set():
            await self._disconnect(self.client)

    async def _disconnect(self, client: Client) -> None:
        try:
            await asyncio.wait_for(self.broker.stop(), timeout=REQUEST_GRACE_S + CLOSE_S)
        except (NatsError, TimeoutError, OSError) as error:
            log.warning("bus.not_drained", reason=type(error).__name__)
            with suppress(OSError):  # lost while it is closed, which is as good
                await client.close()

    async def _closed(self) -> None:
        if not self._stopping:
            self._abort("the NATS connection is closed for good")

    async def _error(self, error: Exception) -> None:
        ERRORS.inc()
        log.warning("bus.error", reason=type(error).__name__, detail=str(error)[:200])

    async def _disconnected(self) -> None:
        if not self._stopping:
            log.warning("bus.disconnected")

    async def _reconnected(self) -> None:
        log.info("bus.reconnected")
        self._watchdog.look_now.set()


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
    except Exception as error:
        log.exception("request.failed", exc_info=error)
    return Answer(problem=ProblemBody(status=503, code="unavailable", detail="try again in a few seconds"))

"""What happens to a delivered message: the one place where failures become acks, naks and dead letters.

    handled                     ack, after the handler's transaction committed
    Transient, anything else    nak with a growing, jittered delay (or the one the other side asked for)
    Malformed, Exhausted        dead letter with its reason, then ack (a Permanent that nobody recorded, too)
    cancelled by shutdown       nak at once, so that another replica goes on

While a handler runs, heartbeats keep the message from being delivered again; a killed process sends none, and its
messages come back after `ack_wait`.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import structlog
from faststream import BaseMiddleware, StreamMessage
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from opentelemetry import trace
from opentelemetry.propagate import extract
from prometheus_client import Counter, Histogram

from common.errors import Exhausted, Malformed, Permanent, Transient, WorkError
from common.streams import ACK_WAIT_S, DEAD

log = structlog.get_logger()
tracer = trace.get_tracer("vision3.bus")

HANDLER_LIMIT_S = 185.0
"""Past the longest deadline: a handler that hangs this long gets no more heartbeats."""

FIRST_DELAY_S, LONGEST_DELAY_S = 0.5, 30.0
PUBLISH_TIMEOUT_S = 3.0

HANDLED = Counter("vision3_messages", "Messages by what became of them", ["subject", "outcome"])
SECONDS = Histogram("vision3_message_seconds", "Time in the handler", ["subject"])


def nak_delay_s(deliveries: int) -> float:
    """Exponential with full jitter over the upper half: 0.25..0.5 s at first, 15..30 s in the end."""
    longest = min(LONGEST_DELAY_S, FIRST_DELAY_S * 2 ** min(deliveries - 1, 10))
    return random.uniform(longest / 2, longest)  # noqa: S311  # spreading load, not a secret


class DeliveryMiddleware(BaseMiddleware[Any, Any]):
    """FastStream's hook: wraps the decoding and the handler of each JetStream message."""

    async def consume_scope(
        self, call_next: Callable[[StreamMessage[Any]], Awaitable[Any]], msg: StreamMessage[Any]
    ) -> Any:
        raw: Msg = msg.raw_message
        if not raw.reply.startswith("$JS.ACK."):
            return await call_next(msg)  # core NATS: requests and hints, which know no acks
        with tracer.start_as_current_span(raw.subject, context=extract(dict(raw.headers or {}))):
            return await deliver(raw, lambda: call_next(msg))


async def deliver(raw: Msg, handle: Callable[[], Awaitable[Any]]) -> None:
    started = time.perf_counter()
    try:
        async with _heartbeat(raw), asyncio.timeout(HANDLER_LIMIT_S):
            await _in_own_task(handle)
    except asyncio.CancelledError:
        await asyncio.shield(raw.nak())
        raise
    except (Malformed, Exhausted, Permanent) as error:
        outcome = await _bury(raw, error)
    except Exception as error:
        outcome = await _again_later(raw, error)
    else:
        await raw.ack()
        outcome = "handled"
    HANDLED.labels(raw.subject, outcome).inc()
    SECONDS.labels(raw.subject).observe(time.perf_counter() - started)


async def _in_own_task(handle: Callable[[], Awaitable[Any]]) -> None:
    """A lost lease cancels the handler; in a task of its own that never looks like a shutdown of the fetch loop."""
    task = asyncio.ensure_future(handle())
    try:
        await asyncio.wait({task})
    except asyncio.CancelledError:
        task.cancel()
        await asyncio.wait({task}, timeout=1)
        raise
    if task.cancelled():
        raise Transient("cancelled", "the handler was cancelled")
    task.result()


@asynccontextmanager
async def _heartbeat(raw: Msg) -> AsyncIterator[None]:
    async def beat() -> None:
        while True:
            await asyncio.sleep(ACK_WAIT_S / 3)
            try:
                await raw.in_progress()
            except NatsError as error:
                log.warning("message.no_heartbeat", subject=raw.subject, reason=type(error).__name__)

    beating = asyncio.create_task(beat())
    try:
        yield
    finally:
        beating.cancel()


async def _again_later(raw: Msg, error: Exception) -> str:
    asked = error.retry_after_s if isinstance(error, Transient) else None
    delay_s = asked if asked is not None else nak_delay_s(raw.metadata.num_delivered)
    log.warning(
        "message.again_later",
        subject=raw.subject,
        reason=error.code if isinstance(error, WorkError) else type(error).__name__,
        deliveries=raw.metadata.num_delivered,
        delay_s=round(delay_s, 2),
        exc_info=None if isinstance(error, WorkError) else error,
    )
    await raw.nak(delay=delay_s)
    return "again_later"


async def _bury(raw: Msg, error: WorkError) -> str:
    """A dead letter first, the ack only when it is stored: nothing is dropped in between."""
    consumer = raw.metadata.consumer
    headers = {
        "Vision3-Reason": error.code,
        "Vision3-Detail": " ".join(error.detail.split()),
        "Vision3-Subject": raw.subject,
        "Vision3-Consumer": consumer,
        "Nats-Msg-Id": f"dead-{consumer}-{raw.metadata.sequence.stream}-{int(raw.metadata.timestamp.timestamp())}",
    }
    try:
        # the message's own connection
        js = JetStreamContext(raw._client, timeout=PUBLISH_TIMEOUT_S)
        await js.publish(f"dead.{consumer}", raw.data, stream=DEAD, headers=headers, timeout=PUBLISH_TIMEOUT_S)
    except (NatsError, TimeoutError) as failure:
        return await _again_later(raw, failure)
    log.error("message.dead_letter", subject=raw.subject, consumer=consumer, reason=error.code)
    await raw.ack()
    return "dead_letter"

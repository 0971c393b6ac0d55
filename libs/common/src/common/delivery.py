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
from contextlib import asynccontextmanager, suppress

import structlog
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from opentelemetry import trace
from opentelemetry.propagate import extract
from prometheus_client import Counter, Histogram

from common import streams
from common.errors import Exhausted, Malformed, Permanent, Transient, WorkError

log = structlog.get_logger()
tracer = trace.get_tracer("vision3.bus")

HANDLER_LIMIT_S = 185.0
"""Past the longest deadline: a handler that hangs this long gets no more heartbeats."""

FIRST_DELAY_S, LONGEST_DELAY_S = 0.5, 30.0
SHORTEST_ASKED_S = 0.1
PUBLISH_TIMEOUT_S = 3.0

HANDLED = Counter("vision3_messages", "Messages by what became of them", ["subject", "outcome"])
SECONDS = Histogram("vision3_message_duration_seconds", "Time in the handler", ["subject"])


def nak_delay_s(deliveries: int) -> float:
    """Exponential with jitter over the upper half: 0.25..0.5 s at first, 15..30 s in the end."""
    longest = min(LONGEST_DELAY_S, FIRST_DELAY_S * 2 ** min(deliveries - 1, 10))
    return random.uniform(longest / 2, longest)  # noqa: S311  # spreading load, not a secret


async def deliver(js: JetStreamContext, raw: Msg, handle: Callable[[], Awaitable[object]]) -> None:
    """Runs the handler (decoding is part of it) and settles the message. Raises NatsError when it can't be settled."""
    started = time.perf_counter()
    structlog.contextvars.bind_contextvars(event_id=_headers(raw).get("Nats-Msg-Id"))
    with tracer.start_as_current_span(raw.subject, context=extract(_headers(raw))):
        outcome = await _settle(js, raw, handle)
    HANDLED.labels(raw.subject, outcome).inc()
    SECONDS.labels(raw.subject).observe(time.perf_counter() - started)


async def _settle(js: JetStreamContext, raw: Msg, handle: Callable[[], Awaitable[object]]) -> str:
    try:
        async with _heartbeat(raw), asyncio.timeout(HANDLER_LIMIT_S):
            await handle()
    except asyncio.CancelledError:
        if not _cancelled_from_outside():
            return await _again_later(raw, Transient("cancelled", "something that the handler awaited was cancelled"))
        with suppress(NatsError):
            await raw.nak()
        raise
    except (Malformed, Exhausted, Permanent) as error:
        return await _bury(js, raw, error)
    except Exception as error:
        return await _again_later(raw, error)
    await raw.ack()
    return "handled"


def _cancelled_from_outside() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


@asynccontextmanager
async def _heartbeat(raw: Msg) -> AsyncIterator[None]:
    async def beat() -> None:
        while True:
            await asyncio.sleep(streams.ACK_WAIT_S / 3)
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
    delay_s = _delay_s(raw, error)
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


def _delay_s(raw: Msg, error: Exception) -> float:
    if isinstance(error, Transient) and error.retry_after_s is not None:
        return max(SHORTEST_ASKED_S, error.retry_after_s)
    return nak_delay_s(raw.metadata.num_delivered)


async def _bury(js: JetStreamContext, raw: Msg, error: WorkError) -> str:
    """A dead letter first, the ack only when it is stored: nothing is dropped in between."""
    consumer, sequence = raw.metadata.consumer, raw.metadata.sequence.stream
    headers = {
        "Vision3-Reason": error.code,
        "Vision3-Detail": _as_header(error.detail),
        "Vision3-Subject": raw.subject,
        "Vision3-Consumer": consumer,
        "Nats-Msg-Id": f"dead-{consumer}-{sequence}-{int(raw.metadata.timestamp.timestamp())}",
    }
    try:
        await js.publish(f"dead.{consumer}", raw.data, stream=streams.DEAD, headers=headers, timeout=PUBLISH_TIMEOUT_S)
    except NatsError as failure:
        return await _again_later(raw, failure)
    log.error("message.dead_letter", subject=raw.subject, consumer=consumer, reason=error.code)
    await raw.ack()
    return "dead_letter"


def _as_header(text: str) -> str:
    """One line of ASCII: nats-py sends other letters as they are, but can't read them again."""
    return " ".join(text.split())[:500].encode("ascii", "backslashreplace").decode()


def _headers(raw: Msg) -> dict[str, str]:
    return dict(raw.headers or {})

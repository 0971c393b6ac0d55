"""The streams and consumers of JetStream, declared here once and upserted by whichever process comes first.

The bus may lose all of it: Postgres knows what is due, and recovery asks again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from nats.js import JetStreamContext
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DeliverPolicy,
    DiscardPolicy,
    ReplayPolicy,
    RetentionPolicy,
    StorageType,
    StreamConfig,
    StreamInfo,
)
from nats.js.errors import APIError, BadRequestError, NotFoundError
from prometheus_client import Gauge

from common.errors import Vision3Error
from common.events import (
    EVENTS,
    ArtifactEdited,
    ConceptFailed,
    ConceptProposed,
    ConceptRendered,
    CreditsChanged,
    EventData,
    GenerationCompleted,
    GenerationFailed,
    GenerationRequested,
    UserDeleted,
)

WORK, FACTS, DEAD = "VISION3_WORK", "VISION3_FACTS", "VISION3_DEAD"
ACK_WAIT_S = 5.0
DAY_S = 24 * 3600
MIB = 1024 * 1024
REFUSED_UPDATES = {10012, 10052}
"""The server's codes for a consumer and a stream that can't be changed so, sent as if they were its own failures."""

WAITING = Gauge("vision3_queue_waiting", "Messages not delivered yet, at the last look", ["consumer"])
IN_HAND = Gauge("vision3_queue_in_hand", "Messages delivered and not settled, at the last look", ["consumer"])
DEAD_LETTERS = Gauge("vision3_dead_letters", "Dead letters that the stream holds, at the last look")

WORKERS: dict[type[EventData], str] = {
    GenerationRequested: "orchestrator",
    ConceptRendered: "orchestrator",
    ConceptFailed: "orchestrator",
    ConceptProposed: "imager",
    UserDeleted: "retention",
}
"""Events that are work, each with the one service that does it."""

FACT_EVENTS: tuple[type[EventData], ...] = (GenerationCompleted, GenerationFailed, ArtifactEdited, CreditsChanged)

STREAMS = (
    StreamConfig(
        name=WORK,
        subjects=[event.TYPE for event in WORKERS],
        retention=RetentionPolicy.WORK_QUEUE,
        discard=DiscardPolicy.NEW,
        max_bytes=512 * MIB,
        duplicate_window=120,
        storage=StorageType.FILE,
    ),
    StreamConfig(
        name=FACTS,
        subjects=[event.TYPE for event in FACT_EVENTS],
        retention=RetentionPolicy.LIMITS,
        discard=DiscardPolicy.OLD,
        max_age=3600,
        max_bytes=128 * MIB,
        duplicate_window=120,
        storage=StorageType.FILE,
    ),
    StreamConfig(
        name=DEAD,
        subjects=["dead.>"],
        retention=RetentionPolicy.LIMITS,
        discard=DiscardPolicy.OLD,
        max_age=30 * DAY_S,
        max_bytes=128 * MIB,
        duplicate_window=120,
        storage=StorageType.FILE,
    ),
)


class DriftError(Vision3Error):
    """A stream or consumer on the server is not what this version declares, and can't be made so."""


@dataclass(frozen=True, slots=True)
class Durable:
    """A durable pull consumer: one for each subject of work."""

    event: type[EventData]

    @property
    def name(self) -> str:
        return f"{WORKERS[self.event]}-{self.event.TYPE.replace('.', '-')}"

    @property
    def config(self) -> ConsumerConfig:
        return ConsumerConfig(
            name=self.name,  # asked for with its subject, which permissions can name
            durable_name=self.name,
            filter_subject=self.event.TYPE,
            deliver_policy=DeliverPolicy.ALL,
            replay_policy=ReplayPolicy.INSTANT,
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=ACK_WAIT_S,
            max_deliver=-1,  # the budget of attempts is counted in the row
            max_ack_pending=4096,  # no lower than the slots of all replicas together
        )


def stream_of(event_type: str) -> str:
    return WORK if EVENTS[event_type] in WORKERS else FACTS


async def declare(js: JetStreamContext, durables: list[Durable]) -> datetime | None:
    """Makes the streams and the given consumers what they are declared to be. Raises DriftError when that fails.

    Returns when the work stream was made: another time means another stream, and all that the old one held is lost.
    """
    infos = {str(stream.name): await _declare_stream(js, stream) for stream in STREAMS}
    for durable in durables:
        await _declare_consumer(js, durable)
    return infos[WORK].created


async def work_created_at(js: JetStreamContext, durables: list[Durable]) -> datetime | None:
    """When the work stream was made, or None when a stream or consumer is gone. Raises when nobody answers.

    Also sets the gauges of what waits there.
    """
    try:
        infos = {str(stream.name): await js.stream_info(str(stream.name)) for stream in STREAMS}
        for durable in durables:
            consumer = await js.consumer_info(WORK, durable.name)
            WAITING.labels(durable.name).set(consumer.num_pending or 0)
            IN_HAND.labels(durable.name).set(consumer.num_ack_pending or 0)
    except NotFoundError:
        return None
    DEAD_LETTERS.set(infos[DEAD].state.messages)
    return infos[WORK].created


async def _declare_stream(js: JetStreamContext, wanted: StreamConfig) -> StreamInfo:
    name = str(wanted.name)
    with _refusals_as_drift(f"stream {name}"):
        try:
            present = await js.stream_info(name)
        except NotFoundError:
            present = await js.add_stream(wanted)
        if stream_drift(wanted, present.config):
            present = await js.update_stream(wanted)
    if drift := stream_drift(wanted, present.config):
        raise DriftError(f"stream {name} differs in {', '.join(drift)}")
    return present


async def _declare_consumer(js: JetStreamContext, durable: Durable) -> None:
    with _refusals_as_drift(f"consumer {durable.name}"):
        present = (await js.add_consumer(WORK, durable.config)).config
    if drift := _drift(durable.config, present, ("filter_subject", "ack_policy", "ack_wait", "max_deliver")):
        raise DriftError(f"consumer {durable.name} differs in {', '.join(drift)}")


@contextmanager
def _refusals_as_drift(what: str) -> Iterator[None]:
    """Other failures pass by themselves: a stream without a leader, a store that is full."""
    try:
        yield
    except APIError as error:
        if isinstance(error, BadRequestError) or error.err_code in REFUSED_UPDATES:
            raise DriftError(f"{what}: {error.description}") from error
        raise


def stream_drift(wanted: StreamConfig, present: StreamConfig) -> list[str]:
    """In what a stream differs from what is declared."""
    fields = ("retention", "discard", "max_age", "max_bytes", "duplicate_window", "storage")
    drift = _drift(wanted, present, fields)
    return [*drift, "subjects"] if set(wanted.subjects or ()) != set(present.subjects or ()) else drift


def _drift(wanted: object, present: object, fields: tuple[str, ...]) -> list[str]:
    return [f for f in fields if (getattr(wanted, f) or 0) != (getattr(present, f) or 0)]

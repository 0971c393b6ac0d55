"""The outbox: an event is added in the transaction whose truth it tells, and sent after the commit.

Nothing else publishes an event. The relay may send one twice (the stream drops the copy by its Nats-Msg-Id) and keeps
no order; consumers rely on neither.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog
from nats.aio.client import Client
from opentelemetry.propagate import inject
from prometheus_client import Counter, Gauge

from common.db import Database, Tx, Unavailable
from common.events.envelope import EventData, wrap
from common.ids import uuid7
from common.streams import stream_of

log = structlog.get_logger()

CLAIM = timedelta(seconds=10)
BATCH = 200
POLL_S = 1.0
PUBLISH_TIMEOUT_S = 3.0

SENT = Counter("vision3_outbox_sent", "Events sent by the relay", ["type"])
PENDING = Gauge("vision3_outbox_pending", "Events of this service not sent yet, at the last look")
FAILED = Counter("vision3_outbox_failures", "Attempts to send that failed", ["type"])

ADD = "insert into outbox (id, type, payload, traceparent) values ($1, $2, $3, $4)"

TAKE = """
with due as materialized (
  select id from outbox where source = current_user and (claimed_until is null or claimed_until < now())
  order by created_at limit $2 for update skip locked)
update outbox o set claimed_until = now() + $1 from due where o.id = due.id
returning o.id, o.type, o.payload, o.traceparent
"""

NOTE = """
with sent as (delete from outbox where id = any($1::uuid[]))
update outbox set claimed_until = null where id = any($2::uuid[])
"""
COUNT = "select count(*) from outbox where source = current_user"


@dataclass(frozen=True, slots=True)
class Pending:
    id: UUID
    type: str
    payload: bytes
    traceparent: str | None

    @property
    def headers(self) -> dict[str, str]:
        """The stream takes an id once: what is sent again is dropped there."""
        trace = {"traceparent": self.traceparent} if self.traceparent else {}
        return {"Nats-Msg-Id": str(self.id), **trace}


class Outbox:
    """What a use case adds its events to: in a `Tx`, or as a row of the one statement that is a whole transaction."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.added = asyncio.Event()

    async def add(self, tx: Tx, *events: EventData) -> None:
        for event in events:
            await tx.execute(ADD, *self.row(event))
        tx.after_commit(self.added.set)

    def row(self, event: EventData) -> tuple[UUID, str, bytes, str | None]:
        """Id, type, payload and traceparent, for a statement that stores an event with what it tells.

        Whoever ran it sets `added`.
        """
        envelope = wrap(event, event_id=uuid7(), source=self.source, time=datetime.now(UTC))
        return envelope.id, envelope.type, envelope.to_bytes(), _traceparent()


class Relay:
    """Sends what is in the outbox: woken after a commit in this process, and by a slow poll."""

    def __init__(self, db: Database, outbox: Outbox, client: Client) -> None:
        self._db = db
        self._outbox = outbox
        self._client = client

    async def run(self) -> None:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._outbox.added.wait(), timeout=POLL_S)
            self._outbox.added.clear()
            if self._client.is_connected:
                await self._send_all()

    async def _send_all(self) -> None:
        try:
            while await self.send_batch():
                pass
        except Unavailable:
            log.warning("outbox.database_unavailable")
            await asyncio.sleep(POLL_S)

    async def send_batch(self) -> bool:
        """One claim, sent side by side. Whether it is worth asking for more at once."""
        pending = [Pending(**dict(row)) for row in await self._db.fetch(TAKE, CLAIM, BATCH)]
        if not pending:
            return False
        done = await asyncio.gather(*(self._send(event) for event in pending))
        sent, failed = ([e.id for e, ok in zip(pending, done, strict=True) if ok is wanted] for wanted in (True, False))
        await self._db.fetch(NOTE, sent, failed)
        return not failed and len(pending) == BATCH

    async def _send(self, event: Pending) -> bool:
        """Whether the stream has it. A failure of any kind keeps the row, and holds up no other."""
        try:
            await self._client.jetstream().publish(
                event.type,
                event.payload,
                stream=stream_of(event.type),
                headers=event.headers,
                timeout=PUBLISH_TIMEOUT_S,
            )
        except Exception as error:
            FAILED.labels(event.type).inc()
            log.warning("outbox.not_sent", event_id=str(event.id), type=event.type, reason=type(error).__name__)
            return False
        SENT.labels(event.type).inc()
        return True


async def pending(db: Database) -> int:
    """How many of this service's events wait. Also sets the gauge."""
    count = int(await db.fetchval(COUNT))
    PENDING.set(count)
    return count


def _traceparent() -> str | None:
    carrier: dict[str, str] = {}
    inject(carrier)
    return carrier.get("traceparent")

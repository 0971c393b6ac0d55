"""Dead letters: what nobody could handle, kept for 30 days with the reason, to be looked at and sent again.

A letter that is replayed goes to its old subject as a new message and leaves this stream; what is still malformed comes
back as a new letter. A replay that is cut short between the two may be repeated: effects have natural keys.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import nats
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import RawStreamMsg
from nats.js.errors import NotFoundError

from common.errors import Vision3Error
from common.events import EVENTS
from common.ids import uuid7
from common.streams import DEAD, stream_of

TIMEOUT_S = 3.0


class BusAway(Vision3Error):
    """NATS can't be asked."""


class NoSuchLetter(Vision3Error):
    """There is no dead letter of this number: it was replayed, has expired or never was."""


class NotReplayable(Vision3Error):
    """This version knows no event of the letter's subject."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """`seq` is its number, `subject` where it came from, `body` what came, byte for byte."""

    seq: int
    at: datetime
    subject: str
    consumer: str
    reason: str
    detail: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Listing:
    """The oldest letters, and how many there are in all."""

    total: int
    letters: list[DeadLetter]


async def list_dead(nats_url: str, limit: int) -> Listing:
    async with _jetstream(nats_url) as js:
        return Listing(await _count(js), [letter async for letter in _letters(js, limit)])


async def show(nats_url: str, seq: int) -> DeadLetter:
    """Raises NoSuchLetter."""
    async with _jetstream(nats_url) as js:
        return await _get(js, seq)


async def replay(nats_url: str, seq: int) -> DeadLetter:
    """Raises NoSuchLetter or NotReplayable."""
    async with _jetstream(nats_url) as js:
        return await _replay(js, await _get(js, seq))


async def replay_all(nats_url: str) -> list[DeadLetter]:
    """All that are there now, but for those of events that this version does not know; they stay."""
    async with _jetstream(nats_url) as js:
        letters = [letter async for letter in _letters(js, await _count(js))]
        return [await _replay(js, letter) for letter in letters if letter.subject in EVENTS]


async def _replay(js: JetStreamContext, letter: DeadLetter) -> DeadLetter:
    if letter.subject not in EVENTS:
        raise NotReplayable(f"dead letter {letter.seq} can't be replayed: this version has no event {letter.subject}")
    headers = {"Nats-Msg-Id": str(uuid7())}  # the stream would swallow the old id as a duplicate
    await js.publish(letter.subject, letter.body, stream=stream_of(letter.subject), headers=headers, timeout=TIMEOUT_S)
    await js.delete_msg(DEAD, letter.seq)
    return letter


async def _letters(js: JetStreamContext, limit: int) -> AsyncIterator[DeadLetter]:
    seq = 0
    for _ in range(limit):
        try:
            message = await js.get_msg(DEAD, seq + 1, subject="dead.>", next=True)
        except NotFoundError:
            return
        letter = _letter(message)
        seq = letter.seq
        yield letter


async def _get(js: JetStreamContext, seq: int) -> DeadLetter:
    try:
        return _letter(await js.get_msg(DEAD, seq))
    except NotFoundError as error:
        raise NoSuchLetter(f"there is no dead letter {seq}: it was replayed, has expired or never was") from error


async def _count(js: JetStreamContext) -> int:
    try:
        return (await js.stream_info(DEAD)).state.messages
    except NotFoundError:
        return 0  # no service has started yet


def _letter(message: RawStreamMsg) -> DeadLetter:
    headers = message.headers or {}
    return DeadLetter(
        seq=message.seq or 0,
        at=message.time or datetime.fromtimestamp(0, UTC),
        subject=headers.get("Vision3-Subject", ""),
        consumer=headers.get("Vision3-Consumer", ""),
        reason=headers.get("Vision3-Reason", ""),
        detail=headers.get("Vision3-Detail", ""),
        body=message.data or b"",
    )


@asynccontextmanager
async def _jetstream(nats_url: str) -> AsyncIterator[JetStreamContext]:
    try:
        client = await nats.connect(
            nats_url, connect_timeout=2, max_reconnect_attempts=1, reconnect_time_wait=0, error_cb=_unheard
        )
    except (NatsError, OSError, TimeoutError) as error:
        raise BusAway(f"NATS does not answer ({type(error).__name__})") from error
    try:
        yield client.jetstream(timeout=TIMEOUT_S)
    except NatsError as error:
        raise BusAway(f"NATS does not answer as it should ({type(error).__name__})") from error
    finally:
        await client.close()


async def _unheard(_: Exception) -> None:
    """What fails is raised where it was asked for."""

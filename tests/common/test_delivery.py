"""What becomes of a message: acked when done, again later, or kept as a dead letter; never lost, never at once."""

from __future__ import annotations

import asyncio
import json
import time

import pytest
from nats.js.api import RawStreamMsg

from common import bus as bus_module
from common import delivery, streams
from common.bus import Bus
from common.delivery import nak_delay_s
from common.errors import Exhausted, Malformed, Permanent, Refused, Transient, WorkError
from common.events import ConceptProposed
from common.ids import uuid7
from common.streams import DEAD
from tests.common.bus_support import (
    REQUESTED,
    Heard,
    body_of,
    consuming,
    drained,
    running_bus,
    send,
    send_bytes,
    waiting,
)
from tests.support.processes import until

SLACK_S = 0.8  # for a busy machine; what is too early is never excused


async def dead_letter(bus: Bus) -> RawStreamMsg:
    js = bus.client.jetstream()

    async def there() -> bool:
        return (await js.stream_info(DEAD)).state.messages > 0

    await until(there, "a dead letter")
    return await js.get_last_msg(DEAD, f"dead.{REQUESTED.name}")


async def test_a_handled_message_is_acked(empty_nats: str):
    handler = Heard()
    async with running_bus(consuming(empty_nats, handler)) as bus:
        event = await send(bus)
        await until(lambda: drained(bus), "the ack")
        assert handler.events == [event]


@pytest.mark.parametrize(
    "error",
    [Transient("vendor_away", "later"), ZeroDivisionError(), TimeoutError(), asyncio.CancelledError()],
    ids=lambda error: type(error).__name__,
)
async def test_a_failure_comes_again_after_a_delay_that_grows(empty_nats: str, error: BaseException):
    handler = Heard(error, error, error, 0.0)
    async with running_bus(consuming(empty_nats, handler)) as bus:
        await send(bus)
        await handler.called(4)
        await until(lambda: drained(bus), "the ack")
    bands = [(0.25, 0.5), (0.5, 1.0), (1.0, 2.0)]
    for gap, (shortest, longest) in zip(handler.gaps, bands, strict=True):
        assert shortest <= gap <= longest + SLACK_S
    assert handler.finished == 1


def test_the_delay_is_spread_over_the_upper_half_and_has_an_end():
    first, late = ([nak_delay_s(n) for _ in range(500)] for n in (1, 60))
    assert 0.25 <= min(first) < 0.3 < 0.45 < max(first) <= 0.5
    assert 15 <= min(late) < 17 < 28 < max(late) <= 30


async def test_the_other_sides_delay_is_kept(empty_nats: str):
    handler = Heard(Transient("rate_limited", "wait", retry_after_s=1.2), 0.0)
    async with running_bus(consuming(empty_nats, handler)) as bus:
        await send(bus)
        await handler.called(2)
    assert 1.2 <= handler.gaps[0] <= 1.2 + SLACK_S


async def test_a_delay_of_nothing_does_not_become_a_hot_loop(empty_nats: str):
    handler = Heard(Transient("now", "at once", retry_after_s=0.0))
    async with running_bus(consuming(empty_nats, handler)) as bus:
        await send(bus)
        await handler.called()
        await asyncio.sleep(1.0)
    assert 2 <= len(handler.times) <= 11


NOT_OURS = {
    "not JSON": (b"\xff\xfe\x00 not json", "not_an_event"),
    "nothing": (b"", "not_an_event"),
    "no envelope": (b'{"generation_id": "x"}', "not_an_event"),
    "another type": (body_of(ConceptProposed(concept_id=uuid7(), generation_id=uuid7())), "wrong_type"),
    "wrong data": (
        json.dumps(
            {
                "specversion": "1.0",
                "id": str(uuid7()),
                "source": "vision3/test",
                "type": "generation.requested.v1",
                "time": "2026-01-01T00:00:00Z",
                "datacontenttype": "application/json",
                "data": {"generation_id": "not an id"},
            }
        ).encode(),
        "wrong_data",
    ),
}


@pytest.mark.parametrize(("body", "reason"), NOT_OURS.values(), ids=NOT_OURS.keys())
async def test_what_can_not_be_read_becomes_a_dead_letter_and_work_goes_on(empty_nats: str, body: bytes, reason: str):
    handler = Heard()
    async with running_bus(consuming(empty_nats, handler)) as bus:
        await send_bytes(bus, body)
        letter = await dead_letter(bus)
        await until(lambda: drained(bus), "the ack")
        event = await send(bus)
        await handler.called()
        assert handler.events == [event]
    assert (letter.data or b"") == body
    assert letter.headers is not None
    assert letter.headers["Vision3-Reason"] == reason
    assert letter.headers["Vision3-Subject"] == "generation.requested.v1"
    assert letter.headers["Vision3-Consumer"] == REQUESTED.name
    assert letter.headers["Vision3-Detail"]


@pytest.mark.parametrize(
    "error",
    [
        Malformed("unknown_generation", "there is no such generation"),
        Exhausted("vendor_away", "it failed\n5 times für immer"),
        Permanent("too_big", "nobody recorded it"),
        Refused("refused", "a vendor said no"),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_an_error_for_good_becomes_a_dead_letter(empty_nats: str, error: WorkError):
    handler = Heard(error)
    async with running_bus(consuming(empty_nats, handler)) as bus:
        event = await send(bus)
        letter = await dead_letter(bus)
        await until(lambda: drained(bus), "the ack")
    assert len(handler.times) == 1
    assert json.loads(letter.data or b"")["data"] == event.model_dump(mode="json")
    assert letter.headers is not None
    assert letter.headers["Vision3-Reason"] == error.code
    assert letter.headers["Vision3-Detail"] == error.detail.replace("\n", " ").replace("ü", "\\xfc")


async def test_a_message_is_kept_until_its_dead_letter_is_stored(empty_nats: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(delivery, "PUBLISH_TIMEOUT_S", 0.3)
    handler = Heard(Exhausted("gone", "no more attempts"))
    async with running_bus(consuming(empty_nats, handler)) as bus:
        await bus.client.jetstream().delete_stream(DEAD)
        await send(bus)
        await handler.called()
        assert await waiting(bus) == 1
        letter = await dead_letter_again(bus)
        await until(lambda: drained(bus), "the ack")
    assert (letter.headers or {})["Vision3-Reason"] == "gone"


async def dead_letter_again(bus: Bus) -> RawStreamMsg:
    """After the watchdog has declared the stream anew."""
    js = bus.client.jetstream()

    async def declared() -> bool:
        return any(info.config.name == DEAD for info in await js.streams_info())

    await until(declared, "the stream of dead letters")
    return await dead_letter(bus)


async def test_a_handler_longer_than_ack_wait_is_not_delivered_again(empty_nats: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(streams, "ACK_WAIT_S", 1.0)
    handler = Heard(3.2)
    async with running_bus(consuming(empty_nats, handler, slots=3)) as bus:
        await send(bus)
        await until(lambda: drained(bus), "the ack")
    assert len(handler.times) == 1


async def test_a_hung_handler_is_ended_and_its_message_comes_again(empty_nats: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(delivery, "HANDLER_LIMIT_S", 0.3)
    handler = Heard(60.0, 0.0)
    async with running_bus(consuming(empty_nats, handler)) as bus:
        await send(bus)
        await handler.called(2)
        await until(lambda: drained(bus), "the ack")
    assert 0.3 + 0.25 <= handler.gaps[0] <= 0.3 + 0.5 + SLACK_S


async def test_stopping_waits_for_short_work(empty_nats: str):
    handler, other = Heard(0.8), Heard()
    async with running_bus(consuming(empty_nats, other)) as watching:
        async with running_bus(consuming(empty_nats, handler)) as bus:
            while not handler.times:  # the other one may get it first
                await send(watching)
                await asyncio.sleep(0.05)
        assert bus.connected is False
        assert handler.finished == len(handler.times)
        await until(lambda: drained(watching), "the acks")
    assert not {e.generation_id for e in handler.events} & {e.generation_id for e in other.events}


async def test_work_cut_short_by_a_stop_goes_to_another_process_at_once(
    empty_nats: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(bus_module, "WORK_GRACE_S", 0.2)
    cut_short, other = Heard(60.0), Heard()
    async with running_bus(consuming(empty_nats, cut_short)) as bus:
        event = await send(bus)
        await cut_short.called()
        started = time.monotonic()
    assert time.monotonic() - started < 1.5
    async with running_bus(consuming(empty_nats, other)):
        await other.called()
    assert other.events == [event]
    assert other.times[0] - started < 2.0, "well before ack_wait"

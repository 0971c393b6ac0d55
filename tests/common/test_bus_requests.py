"""Requests are answered by one process, hints are heard by every one; neither can end a process."""

from __future__ import annotations

import asyncio
import time

import pytest
from pydantic import BaseModel

from common.bus import Bus, NoAnswer
from common.errors import Problem, Transient
from common.events import CreditsChanged
from common.ids import uuid7
from common.streams import FACTS
from tests.common.bus_support import Heard, OwnNats, body_of, new_bus, running_bus
from tests.support.processes import until

SUBJECT = "imager.double.v1"


class Number(BaseModel):
    value: int


class Doubler:
    """Answers, and does for some numbers what a handler may do."""

    def __init__(self) -> None:
        self.answered = 0
        self.running = 0
        self.most_at_once = 0

    async def __call__(self, request: Number) -> Number:
        self.answered += 1
        self.running += 1
        self.most_at_once = max(self.most_at_once, self.running)
        await asyncio.sleep(0.05)
        self.running -= 1
        if request.value == 404:
            raise Problem(404, "not_found", "there is no such number")
        if request.value == 503:
            raise Transient("database_away", "which one is nobody's business")
        if request.value == 500:
            raise ZeroDivisionError("with a secret")
        return Number(value=request.value * 2)


def answering(url: str, doubler: Doubler, *, at_once: int = 4) -> Bus:
    bus = new_bus(url, "imager")
    bus.answer(SUBJECT, Number, doubler, at_once=at_once)
    return bus


async def ask(bus: Bus, value: int, *, timeout_s: float = 2.0) -> dict[str, object]:
    return await bus.request(SUBJECT, Number(value=value), timeout_s=timeout_s)


async def test_a_request_is_answered(empty_nats: str):
    async with running_bus(answering(empty_nats, Doubler())), running_bus(new_bus(empty_nats, "gateway")) as gateway:
        assert await ask(gateway, 21) == {"value": 42}


@pytest.mark.parametrize(
    ("value", "status", "code"), [(404, 404, "not_found"), (503, 503, "unavailable"), (500, 503, "unavailable")]
)
async def test_a_refusal_reaches_the_asker_and_a_failure_without_its_words(
    empty_nats: str, value: int, status: int, code: str
):
    async with running_bus(answering(empty_nats, Doubler())), running_bus(new_bus(empty_nats, "gateway")) as gateway:
        with pytest.raises(Problem) as refusal:
            await ask(gateway, value)
        assert (refusal.value.status, refusal.value.code) == (status, code)
        assert "secret" not in refusal.value.detail
        assert "database" not in refusal.value.detail
        assert await ask(gateway, 1) == {"value": 2}, "the next one is answered"


async def test_a_request_that_does_not_fit_is_refused_and_the_next_is_answered(empty_nats: str):
    async with running_bus(answering(empty_nats, Doubler())), running_bus(new_bus(empty_nats, "gateway")) as gateway:
        answer = await gateway.client.request(SUBJECT, b"\xff{", timeout=2)
        assert b'"unavailable"' in answer.data
        assert await ask(gateway, 1) == {"value": 2}


async def test_nobody_there_is_known_at_once(empty_nats: str):
    async with running_bus(new_bus(empty_nats, "gateway")) as gateway:
        started = time.monotonic()
        with pytest.raises(NoAnswer):
            await ask(gateway, 1, timeout_s=5.0)
        assert time.monotonic() - started < 0.5


async def test_a_slow_answer_is_waited_for_no_longer_than_asked(empty_nats: str):
    class Sleepy(Doubler):
        async def __call__(self, request: Number) -> Number:
            await asyncio.sleep(5)
            return request

    async with running_bus(answering(empty_nats, Sleepy())), running_bus(new_bus(empty_nats, "gateway")) as gateway:
        started = time.monotonic()
        with pytest.raises(NoAnswer):
            await ask(gateway, 1, timeout_s=0.4)
        assert 0.4 <= time.monotonic() - started < 0.8


async def test_without_a_connection_there_is_no_answer(own_nats: OwnNats):
    unconnected = new_bus(own_nats.server.url, "gateway")
    with pytest.raises(NoAnswer):
        await ask(unconnected, 1)
    async with running_bus(new_bus(own_nats.server.url, "gateway")) as gateway:
        own_nats.kill()
        started = time.monotonic()
        with pytest.raises(NoAnswer):
            await ask(gateway, 1, timeout_s=1.0)
        assert time.monotonic() - started < 3
        own_nats.restart()


async def test_each_request_goes_to_one_of_several_processes(empty_nats: str):
    first, second = Doubler(), Doubler()
    async with (
        running_bus(answering(empty_nats, first)),
        running_bus(answering(empty_nats, second)),
        running_bus(new_bus(empty_nats, "gateway")) as gateway,
    ):
        answers = await asyncio.gather(*(ask(gateway, n) for n in range(60)))
    assert [answer["value"] for answer in answers] == [n * 2 for n in range(60)]
    assert first.answered + second.answered == 60
    assert min(first.answered, second.answered) > 5


@pytest.mark.parametrize("at_once", [1, 3])
async def test_no_more_requests_are_worked_on_at_once_than_allowed(empty_nats: str, at_once: int):
    doubler = Doubler()
    async with (
        running_bus(answering(empty_nats, doubler, at_once=at_once)),
        running_bus(new_bus(empty_nats, "gateway")) as gateway,
    ):
        await asyncio.gather(*(ask(gateway, n) for n in range(9)))
    assert doubler.most_at_once == at_once


def listening(url: str, handler: Heard) -> Bus:
    bus = new_bus(url, "gateway")
    bus.listen(CreditsChanged, handler)
    return bus


async def tell(bus: Bus, body: bytes) -> None:
    await bus.client.jetstream().publish(CreditsChanged.TYPE, body, stream=FACTS, timeout=3)


async def test_every_listener_hears_every_hint(empty_nats: str):
    first, second = Heard(), Heard()
    event = CreditsChanged(user_id=uuid7())
    async with running_bus(listening(empty_nats, first)) as bus, running_bus(listening(empty_nats, second)):
        await tell(bus, body_of(event))
        await asyncio.gather(first.called(), second.called())
    assert first.events == second.events == [event]


async def test_a_hint_that_is_none_and_a_listener_that_fails_stop_nothing(empty_nats: str):
    handler = Heard(ZeroDivisionError(), 0.0)
    events = [CreditsChanged(user_id=uuid7()) for _ in range(2)]
    async with running_bus(listening(empty_nats, handler)) as bus:
        for body in (b"\xff", b"{}", *(body_of(event) for event in events)):
            await tell(bus, body)
        await handler.called(2)
    assert handler.events == events


async def test_hints_are_heard_again_after_a_restart_of_the_server(own_nats: OwnNats):
    handler = Heard()
    async with running_bus(listening(own_nats.server.url, handler)) as bus:
        own_nats.restart()

        async def heard() -> bool:
            if bus.connected:
                await bus.client.publish(CreditsChanged.TYPE, body_of(CreditsChanged(user_id=uuid7())))
            return bool(handler.events)

        await until(heard, "a hint", seconds=3.0)

"""The bus on a server that is hurt: what is gone is declared again, work flows again, and nobody spins meanwhile."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
import time
from asyncio.subprocess import PIPE, Process
from contextlib import suppress

import pytest
from nats.errors import Error as NatsError

from common import bus as bus_module
from common.bus import ERRORS, Bus
from common.events import GenerationRequested
from common.ids import uuid7
from common.streams import WORK
from tests.common.bus_support import (
    REQUESTED,
    Heard,
    OwnNats,
    consuming,
    drained,
    ended,
    new_bus,
    running_bus,
    send,
)
from tests.support.processes import until


class Losses:
    """A callback for lost work that fails as often as it is told."""

    def __init__(self, *, failures: int = 0) -> None:
        self.failures = failures
        self.times: list[float] = []

    async def __call__(self) -> None:
        self.times.append(time.monotonic())
        if len(self.times) <= self.failures:
            raise ConnectionError


async def flows(bus: Bus, handler: Heard, *, within_s: float) -> None:
    """A message sent now, as often as it takes, is handled within that time."""
    event = GenerationRequested(generation_id=uuid7())
    started = time.monotonic()

    async def handled() -> bool:
        try:
            await send(bus, event, timeout_s=0.5)
        except (NatsError, OSError):
            return False
        return event in handler.events

    await until(handled, "work to flow again", seconds=within_s)
    assert time.monotonic() - started <= within_s


async def test_work_runs_side_by_side_in_as_many_slots_and_the_rest_waits_in_the_stream(empty_nats: str):
    handler = Heard(1.5)
    async with running_bus(consuming(empty_nats, handler, slots=3)) as bus:
        for _ in range(8):
            await send(bus)
        await handler.called(3)
        info = await bus.client.jetstream().consumer_info(WORK, REQUESTED.name)
        assert (info.num_ack_pending, info.num_pending) == (3, 5)
        await until(lambda: drained(bus), "all acks")
    assert handler.most_at_once == 3
    assert len(handler.times) == handler.finished == 8


async def test_a_free_process_takes_what_a_busy_one_can_not(empty_nats: str):
    busy, free = Heard(3.0), Heard()
    async with running_bus(consuming(empty_nats, busy)) as bus:
        await send(bus)
        await busy.called()
        async with running_bus(consuming(empty_nats, free)):
            await send(bus)
            await free.called(seconds=1.0)
    assert len(busy.times) == 1


async def test_a_deleted_consumer_is_declared_again_and_nothing_counts_as_lost(own_nats: OwnNats):
    server = own_nats.server
    handler, losses = Heard(), Losses()
    bus = consuming(server.url, handler, slots=8)
    bus.when_lost(losses)
    async with running_bus(bus):
        await bus.client.jetstream().delete_consumer(WORK, REQUESTED.name)
        before = server.messages_in()
        await flows(bus, handler, within_s=3.0)
        assert server.messages_in() - before < 400, "what the test sends, and a few looks and fetches"
        await asyncio.sleep(2.5)
    assert losses.times == []


async def test_a_deleted_stream_is_declared_again_and_the_loss_told_once(own_nats: OwnNats):
    handler, losses = Heard(), Losses()
    bus = consuming(own_nats.server.url, handler)
    bus.when_lost(losses)
    async with running_bus(bus):
        await bus.client.jetstream().delete_stream(WORK)
        await flows(bus, handler, within_s=3.5)
        await asyncio.sleep(4.5)
    assert len(losses.times) == 1


async def test_a_store_erased_while_the_server_was_down_is_told_once(own_nats: OwnNats):
    handler, losses = Heard(), Losses()
    bus = consuming(own_nats.server.url, handler)
    bus.when_lost(losses)
    async with running_bus(bus):
        own_nats.kill()
        shutil.rmtree(own_nats.server.store)
        own_nats.restart()
        await flows(bus, handler, within_s=3.0)
        await asyncio.sleep(4.5)
    assert len(losses.times) == 1


async def test_a_look_that_is_never_answered_delays_the_next_one_little(own_nats: OwnNats):
    handler = Heard()
    async with running_bus(consuming(own_nats.server.url, handler)) as bus:
        own_nats.hang()
        await asyncio.sleep(2.3)  # a look is under way
        own_nats.kill()
        shutil.rmtree(own_nats.server.store)
        own_nats.restart()
        await flows(bus, handler, within_s=3.0)


async def test_a_loss_is_told_again_until_everybody_could_act_on_it(own_nats: OwnNats):
    losses = Losses(failures=1)
    bus = consuming(own_nats.server.url, Heard())
    bus.when_lost(losses)
    async with running_bus(bus) as running:
        await running.client.jetstream().delete_stream(WORK)

        async def told_twice() -> bool:
            return len(losses.times) == 2

        await until(told_twice, "a second call")
        await asyncio.sleep(2.5)
        assert running.connected
    assert len(losses.times) == 2


async def test_after_a_restart_of_the_server_work_flows_again(own_nats: OwnNats):
    handler, losses = Heard(), Losses()
    bus = consuming(own_nats.server.url, handler)
    bus.when_lost(losses)
    async with running_bus(bus):
        await flows(bus, handler, within_s=1.0)
        own_nats.restart()
        await flows(bus, handler, within_s=2.5)
    assert losses.times == []


async def test_work_that_waited_in_the_stream_survives_a_kill_of_the_server(own_nats: OwnNats):
    handler = Heard()
    async with running_bus(new_bus(own_nats.server.url)) as sender:
        async with running_bus(consuming(own_nats.server.url, Heard())):
            pass  # declares the consumer
        event = await send(sender)
        own_nats.restart()
        async with running_bus(consuming(own_nats.server.url, handler)):
            await handler.called()
    assert handler.events == [event]


async def test_without_jetstream_nobody_spins_and_work_flows_when_it_is_back(own_nats: OwnNats):
    server = own_nats.server
    handler = Heard()
    async with running_bus(consuming(server.url, handler, slots=8)) as bus:
        server.without = {"jetstream"}
        own_nats.restart()
        await until(lambda: connected(bus), "the connection")
        before = server.messages_in()
        spent = time.process_time()
        await asyncio.sleep(3.0)
        assert server.messages_in() - before < 60
        assert time.process_time() - spent < 0.6
        server.without = set()
        own_nats.restart()
        await flows(bus, handler, within_s=4.0)


async def connected(bus: Bus) -> bool:
    return bus.connected


async def test_an_idle_bus_asks_about_once_a_second_for_each_consumer(own_nats: OwnNats):
    async with running_bus(consuming(own_nats.server.url, Heard(), slots=20)):
        before = own_nats.server.messages_in()
        await asyncio.sleep(3.0)
        assert own_nats.server.messages_in() - before <= 20


async def test_a_bus_that_starts_before_its_server_begins_when_it_comes(own_nats: OwnNats):
    handler = Heard()
    own_nats.kill()
    bus = consuming(own_nats.server.url, handler)
    task = asyncio.create_task(bus.run())
    await asyncio.sleep(0.5)
    assert not bus.connected
    own_nats.restart()
    await until(lambda: connected(bus), "the connection", seconds=3.0)
    await flows(bus, handler, within_s=2.0)
    await ended(bus, task)


async def test_a_bus_can_be_stopped_while_its_server_is_away(own_nats: OwnNats):
    aborts: list[str] = []
    never_connected = new_bus("nats://127.0.0.1:1", aborts=aborts)
    bus = new_bus(own_nats.server.url, aborts=aborts)
    bus.consume(GenerationRequested, Heard(), slots=2)
    tasks = [asyncio.create_task(one.run()) for one in (bus, never_connected)]
    await until(lambda: connected(bus), "the connection")
    own_nats.kill()
    await asyncio.sleep(0.2)
    started = time.monotonic()
    await ended(bus, tasks[0])
    await ended(never_connected, tasks[1])
    assert time.monotonic() - started < 6.0
    assert aborts == []


async def test_a_connection_that_is_closed_for_good_ends_the_process(own_nats: OwnNats):
    aborts: list[str] = []
    bus = new_bus(own_nats.server.url, aborts=aborts)
    async with running_bus(bus):
        assert bus.client._transport is not None
        bus.client._transport.write(b"NONSENSE\r\n")  # the server throws such a client out, and nats-py gives up

        async def aborted() -> bool:
            return bool(aborts)

        await until(aborted, "the abort", seconds=6.0)
    assert aborts == ["the NATS connection is closed for good"]


async def test_a_permission_violation_is_counted(own_nats: OwnNats):
    user = {
        "user": "imager",
        "password": "secret",
        "permissions": {"publish": {"deny": ["user.deleted.v1"]}, "subscribe": [">"]},
    }
    own_nats.server.extra = {"authorization": {"users": [user]}}
    own_nats.restart()
    async with running_bus(new_bus(f"nats://imager:secret@127.0.0.1:{own_nats.server.port}")) as bus:
        before = ERRORS._value.get()
        await bus.client.publish("user.deleted.v1", b"{}")

        async def counted() -> bool:
            return ERRORS._value.get() == before + 1

        await until(counted, "the violation to be counted")
        assert bus.connected


WORKER = """
import asyncio, sys
from common.bus import Bus
from common.events import GenerationRequested

async def hang(event):
    print("taken", event.generation_id, flush=True)
    await asyncio.sleep(600)

bus = Bus(sys.argv[1], "orchestrator", abort=sys.exit)
bus.consume(GenerationRequested, hang, slots=1)
asyncio.run(bus.run())
"""


async def test_the_work_of_a_killed_process_goes_to_another_within_ack_wait(empty_nats: str):
    worker = await asyncio.create_subprocess_exec(sys.executable, "-c", WORKER, empty_nats, stdout=PIPE)
    handler = Heard()
    try:
        async with running_bus(new_bus(empty_nats)) as sender:
            await until(lambda: consumer_there(sender), "the worker's consumer")
            event = await send(sender)
            taken = await first_taken(worker)
            await asyncio.sleep(6.0)  # longer than ack_wait: heartbeats keep it
            async with running_bus(consuming(empty_nats, handler)):
                await asyncio.sleep(1.0)
                assert handler.times == []
                worker.kill()
                killed = time.monotonic()
                await handler.called(seconds=8.0)
    finally:
        with suppress(ProcessLookupError):
            worker.kill()
        await worker.wait()
    assert taken == str(event.generation_id)
    assert handler.events == [event]
    assert handler.times[0] - killed < 6.5


async def first_taken(worker: Process) -> str:
    assert worker.stdout is not None
    async for line in worker.stdout:
        if line.startswith(b"taken"):
            return line.split()[1].decode()
    raise AssertionError("the worker ended")


async def consumer_there(bus: Bus) -> bool:
    infos = await bus.client.jetstream().consumers_info(WORK)
    return REQUESTED.name in [info.name for info in infos]


async def test_a_reply_to_header_makes_nobody_publish_a_result(empty_nats: str):
    async with running_bus(consuming(empty_nats, Heard())) as bus:
        inbox = await bus.client.subscribe("somewhere.secret")
        await bus.client.jetstream().publish(
            "generation.requested.v1",
            json.dumps({}).encode(),
            stream=WORK,
            headers={"reply_to": "somewhere.secret"},
        )
        await until(lambda: drained(bus), "the message to be dealt with")
        await asyncio.sleep(0.2)
        assert inbox.pending_msgs == 0


def test_the_grace_of_a_stop_fits_into_a_supervisors():
    assert bus_module.WORK_GRACE_S + bus_module.REQUEST_GRACE_S + bus_module.CLOSE_S < 15


@pytest.mark.parametrize("slots", [1, 4])
async def test_a_burst_is_worked_off_without_a_second_delivery(empty_nats: str, slots: int):
    handler = Heard()
    async with running_bus(consuming(empty_nats, handler, slots=slots)) as bus:
        await asyncio.gather(*(send(bus) for _ in range(100)))
        await until(lambda: drained(bus), "all acks")
    assert len(handler.times) == len({e.generation_id for e in handler.events}) == 100

"""Streams and consumers: declared by whoever comes first, brought up to date, and an error when that can't be."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy, RetentionPolicy, StreamConfig

from common.events import EVENTS
from common.streams import DEAD, FACTS, STREAMS, WORK, WORKERS, DriftError, Durable, declare, stream_of
from tests.common.bus_support import REQUESTED, Heard, OwnNats, client_of, consuming, new_bus, running_bus
from tests.support.processes import until

ALL = [Durable(event) for event in WORKERS]


def test_every_event_has_one_stream():
    assert {stream_of(event_type) for event_type in EVENTS} == {WORK, FACTS}
    subjects = [subject for stream in STREAMS for subject in stream.subjects or ()]
    assert sorted(subjects) == sorted([*EVENTS, "dead.>"])


async def test_services_that_start_together_declare_the_same(empty_nats: str):
    async with client_of(empty_nats) as one, client_of(empty_nats) as two:
        clients = [one, two] * 3
        await asyncio.gather(*(declare(client.jetstream(), ALL) for client in clients))
        js = one.jetstream()
        assert {info.config.name for info in await js.streams_info()} >= {WORK, FACTS, DEAD}
        assert {info.name for info in await js.consumers_info(WORK)} == {durable.name for durable in ALL}


async def test_work_is_kept_until_it_is_done_and_refused_when_full(empty_nats: str):
    async with client_of(empty_nats) as client:
        js = client.jetstream()
        await declare(js, ALL)
        work = (await js.stream_info(WORK)).config
        consumer = (await js.consumer_info(WORK, REQUESTED.name)).config
    assert (work.retention, work.discard, work.max_age) == ("workqueue", "new", 0)
    assert (consumer.ack_policy, consumer.max_deliver, consumer.ack_wait) == ("explicit", -1, 5.0)


async def test_what_an_older_version_declared_is_brought_up_to_date(empty_nats: str):
    async with client_of(empty_nats) as client:
        js = client.jetstream()
        await js.add_stream(
            StreamConfig(name=WORK, subjects=["generation.requested.v1"], retention=RetentionPolicy.WORK_QUEUE)
        )
        await js.add_consumer(
            WORK,
            ConsumerConfig(
                durable_name=REQUESTED.name,
                filter_subject="generation.requested.v1",
                ack_policy=AckPolicy.EXPLICIT,
                ack_wait=60,
                max_deliver=3,
                max_ack_pending=1,
            ),
        )
        await declare(js, ALL)
        config = (await js.consumer_info(WORK, REQUESTED.name)).config
        assert (config.ack_wait, config.max_deliver, config.max_ack_pending) == (5.0, -1, 4096)
        assert set((await js.stream_info(WORK)).config.subjects or ()) == {event.TYPE for event in WORKERS}


async def other_retention(js: JetStreamContext) -> None:
    await js.add_stream(StreamConfig(name=WORK, subjects=["generation.requested.v1"]))


async def other_ack_policy(js: JetStreamContext) -> None:
    await declare(js, [])
    await js.delete_stream(WORK)
    await js.add_stream(StreamConfig(name=WORK, subjects=[event.TYPE for event in WORKERS]))
    await js.add_consumer(WORK, ConsumerConfig(durable_name=REQUESTED.name, ack_policy=AckPolicy.NONE))


async def other_start(js: JetStreamContext) -> None:
    await declare(js, ALL[1:])
    config = ConsumerConfig(
        durable_name=REQUESTED.name,
        filter_subject="generation.requested.v1",
        ack_policy=AckPolicy.EXPLICIT,
        deliver_policy=DeliverPolicy.ALL,
        deliver_subject="somewhere.else",
    )
    await js.add_consumer(WORK, config)


async def taken_subject(js: JetStreamContext) -> None:
    await js.add_stream(StreamConfig(name="SOMEBODY_ELSES", subjects=["generation.requested.v1"]))


@pytest.mark.parametrize("spoil", [other_retention, other_ack_policy, other_start, taken_subject])
async def test_what_can_not_be_made_right_ends_the_process(
    own_nats: OwnNats, spoil: Callable[[JetStreamContext], Awaitable[None]]
):
    aborts: list[str] = []
    bus = new_bus(own_nats.server.url, aborts=aborts)
    bus.consume(ALL[0].event, Heard(), slots=1)
    async with client_of(own_nats.server.url) as client:
        await spoil(client.jetstream())
    with pytest.raises(DriftError):
        await asyncio.wait_for(bus.run(), timeout=5)
    await bus.stop()
    assert len(aborts) == 1
    assert WORK in aborts[0] or REQUESTED.name in aborts[0]


async def test_a_change_behind_our_back_is_taken_back_at_the_next_start(empty_nats: str):
    async with client_of(empty_nats) as client:
        js = client.jetstream()
        await declare(js, ALL)
        (facts,) = [stream for stream in STREAMS if stream.name == FACTS]
        changed = (await js.stream_info(FACTS)).config.evolve(max_age=300)
        await js.update_stream(changed)
        async with running_bus(consuming(empty_nats, Heard())):
            assert (await js.stream_info(FACTS)).config.max_age == facts.max_age


async def test_a_full_work_stream_refuses_instead_of_forgetting(empty_nats: str):
    async with client_of(empty_nats) as client:
        js = client.jetstream()
        await declare(js, ALL)
        await js.update_stream((await js.stream_info(WORK)).config.evolve(max_msgs=2))
        for n in range(2):
            await js.publish("generation.requested.v1", b"{}", stream=WORK, headers={"Nats-Msg-Id": str(n)})
        with pytest.raises(Exception, match="maximum messages"):
            await js.publish("generation.requested.v1", b"{}", stream=WORK)

        async def kept() -> bool:
            return (await js.stream_info(WORK)).state.messages == 2

        await until(kept, "both messages")

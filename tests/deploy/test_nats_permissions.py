"""The permission matrix, on a real server with the deployed configuration: every service, every subject."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress

import pytest
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from common.events import EVENTS
from common.events.contracts import REQUESTS
from common.requests import EDIT
from common.streams import DEAD, FACTS, WORK, WORKERS, Durable, declare
from tests.deploy.matrix import (
    ANSWERERS,
    CONSUMERS,
    FILTERS,
    LISTENERS,
    PUBLISHERS,
    SERVICES,
    STREAMS,
    listeners,
    publishers,
)
from tests.deploy.nats_support import DeployedNats, connected

every_service = pytest.mark.parametrize("service", SERVICES)


def test_the_matrix_leaves_out_no_subject_stream_or_consumer():
    assert set(PUBLISHERS) == set(LISTENERS) == {*EVENTS, *REQUESTS}
    assert set(ANSWERERS) == set(REQUESTS)
    assert {WORK, FACTS, DEAD} == set(STREAMS)
    assert {Durable(event).name: worker for event, worker in WORKERS.items()} == CONSUMERS
    assert {Durable(event).name: event.TYPE for event in WORKERS} == FILTERS


@every_service
async def test_a_service_publishes_what_its_part_is_and_nothing_else(bare_nats: DeployedNats, service: str):
    async with connected(bare_nats, service) as user:
        wrong = [
            subject for subject, who in publishers().items() if await user.may_publish(subject) != (service in who)
        ]
    assert wrong == []


@every_service
async def test_a_service_hears_its_own_inbox_and_hints_and_nothing_else(bare_nats: DeployedNats, service: str):
    async with connected(bare_nats, service) as user:
        wrong = [subject for subject, who in listeners().items() if await user.may_hear(subject) != (service in who)]
    assert wrong == []


@every_service
async def test_requests_are_answered_by_their_service_and_only_as_its_queue(bare_nats: DeployedNats, service: str):
    async with connected(bare_nats, service) as user:
        for subject, answerer in ANSWERERS.items():
            assert await user.may_hear(subject, queue=service) == (service == answerer), subject
            assert not await user.may_hear(subject, queue="another"), subject


async def test_an_imager_answers_the_one_who_asked_once_and_nobody_else(bare_nats: DeployedNats):
    async with connected(bare_nats, "gateway") as gateway, connected(bare_nats, "imager") as imager:
        asked = await imager.client.subscribe(EDIT, queue="imager")
        await imager.client.flush()
        answer = asyncio.create_task(gateway.client.request(EDIT, b"{}", timeout=3))
        request = await asked.next_msg(timeout=3)
        assert await imager.may_publish(request.reply)
        assert (await answer).data == b"{}"
        assert not await imager.may_publish(request.reply)
        assert not await imager.may_publish("_INBOX.gateway.x")


async def test_nobody_comes_in_without_a_password_or_as_another(bare_nats: DeployedNats):
    address = f"127.0.0.1:{bare_nats.port}"
    for url in (f"nats://{address}", f"nats://gateway:guess@{address}", f"nats://vision3:vision3@{address}"):
        client = Client()
        with pytest.raises(NatsError, match=r"(?i)authorization"):
            await client.connect(url, allow_reconnect=False, error_cb=_unheard)
        await client.close()


async def _unheard(_: Exception) -> None:
    """What fails is raised."""


@pytest.fixture
async def stocked(deployed_nats: DeployedNats) -> DeployedNats:
    """Every stream there, with a message in it."""
    async with connected(deployed_nats, "operator") as operator:
        js = operator.client.jetstream()
        await declare(js, [Durable(event) for event in WORKERS])
        for subject in ("generation.requested.v1", "generation.completed.v1", "dead.test"):
            await js.publish(subject, b"{}", timeout=3)
    return deployed_nats


@every_service
async def test_no_service_can_delete_purge_or_read_a_stream(stocked: DeployedNats, service: str):
    async with connected(stocked, service) as user:
        attempts = [attempt for stream in STREAMS for attempt in _harm(user.client.jetstream(), stream)]
        results = await asyncio.gather(*(asyncio.wait_for(one, 1) for one in attempts), return_exceptions=True)
        assert {type(result) for result in results} == {TimeoutError}
        assert len(user.refusals) == len(attempts)
    async with connected(stocked, "operator") as operator:
        held = [(await operator.client.jetstream().stream_info(stream)).state.messages for stream in STREAMS]
        consumers = await operator.client.jetstream().consumers_info(WORK)
    assert held == [1, 1, 1]
    assert {consumer.name for consumer in consumers} == set(CONSUMERS)


def _harm(js: JetStreamContext, stream: str) -> list[Coroutine[object, object, object]]:
    return [
        js.delete_stream(stream),
        js.purge_stream(stream),
        js.delete_msg(stream, 1),
        js.get_msg(stream, 1),
        *(js.delete_consumer(stream, name) for name in CONSUMERS),
    ]


@every_service
async def test_a_service_takes_work_from_its_own_consumers_only(stocked: DeployedNats, service: str):
    async with connected(stocked, service) as user:
        js = user.client.jetstream()
        for name, worker in CONSUMERS.items():
            subscription = await js.pull_subscribe_bind(name, stream=WORK)
            with suppress(TimeoutError):
                for message in await subscription.fetch(1, timeout=0.3):
                    await message.ack_sync(timeout=2)
            assert bool(user.refusals) == (worker != service), name
            user.refusals.clear()
    async with connected(stocked, "operator") as operator:
        left = (await operator.client.jetstream().stream_info(WORK)).state.messages
    assert left == (0 if service == "orchestrator" else 1)


async def test_the_operator_may_do_everything(stocked: DeployedNats):
    async with connected(stocked, "operator") as operator:
        js = operator.client.jetstream()
        assert (await js.get_msg(DEAD, 1)).data == b"{}"
        await js.delete_msg(DEAD, 1)
        await js.purge_stream(FACTS)
        await js.delete_stream(WORK)
        with pytest.raises(NotFoundError):
            await js.stream_info(WORK)


def test_the_server_syncs_before_it_acknowledges_and_keeps_within_its_limits(bare_nats: DeployedNats):
    config = bare_nats.figures("varz")["jetstream"]["config"]
    assert config["sync_always"] is True
    assert config["max_storage"] == 2 * 1024**3
    assert config["max_memory"] == 32 * 1024**2
    assert bare_nats.figures("healthz") == {"status": "ok"}

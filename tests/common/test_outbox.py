"""The outbox: an event leaves with its transaction's commit or not at all, and arrives with the effect of one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import pytest
from nats.aio.client import Client
from opentelemetry.sdk.trace import TracerProvider

from common import outbox as outbox_module
from common.db import Database
from common.events import CreditsChanged, GenerationRequested
from common.ids import uuid7
from common.outbox import Outbox, Relay, pending
from common.streams import WORK, WORKERS, Durable, declare
from tests.common.bus_support import OwnNats, client_of
from tests.support.processes import until
from tests.support.servers import TestDatabase

pytestmark = pytest.mark.parametrize("service_db", ["gateway"], indirect=True)


@pytest.fixture
async def client(empty_nats: str) -> AsyncIterator[Client]:
    async with client_of(empty_nats) as connected:
        await declare(connected.jetstream(), [Durable(event) for event in WORKERS])
        yield connected


@pytest.fixture
def outbox() -> Outbox:
    return Outbox("vision3/gateway")


def request() -> GenerationRequested:
    return GenerationRequested(generation_id=uuid7())


async def add(db: Database, outbox: Outbox, count: int = 1) -> None:
    async with db.tx() as tx:
        await outbox.add(tx, *(request() for _ in range(count)))


async def in_stream(client: Client) -> int:
    return (await client.jetstream().stream_info(WORK)).state.messages


async def sent_ids(client: Client) -> list[str]:
    js = client.jetstream()
    last = (await js.stream_info(WORK)).state.last_seq
    messages = [await js.get_msg(WORK, seq) for seq in range(1, last + 1)]
    return [(message.headers or {})["Nats-Msg-Id"] for message in messages]


async def test_nothing_is_sent_before_the_commit_and_everything_after_it(
    service_db: Database, client: Client, outbox: Outbox
):
    relay = Relay(service_db, outbox, client)
    async with service_db.tx() as tx:
        await outbox.add(tx, request(), request())
        await relay.send_batch()
        assert await in_stream(client) == 0
        assert not outbox.added.is_set()
    assert outbox.added.is_set()
    await relay.send_batch()
    assert await in_stream(client) == 2
    assert await pending(service_db) == 0


async def test_a_rollback_sends_nothing(service_db: Database, client: Client, outbox: Outbox):
    async def fail() -> None:
        async with service_db.tx() as tx:
            await outbox.add(tx, request())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert not outbox.added.is_set()
    await Relay(service_db, outbox, client).send_batch()
    assert await in_stream(client) == 0
    assert await pending(service_db) == 0


async def test_a_commit_wakes_the_relay_and_the_poll_finds_what_others_added(
    service_db: Database, client: Client, outbox: Outbox
):
    running = asyncio.create_task(Relay(service_db, outbox, client).run())
    try:
        await asyncio.sleep(0.1)
        await add(service_db, outbox)
        await until(lambda: arrived(client, 1), "the event of this process", seconds=0.5)
        await add(service_db, Outbox("vision3/gateway"))
        await until(lambda: arrived(client, 2), "the event of another process", seconds=2.0)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def arrived(client: Client, count: int) -> bool:
    return await in_stream(client) == count


async def test_what_is_sent_twice_arrives_once(service_db: Database, client: Client, outbox: Outbox):
    """As after a relay that was killed between the stream's ack and its own delete."""
    await add(service_db, outbox, 3)
    rows = [outbox_module.Pending(**dict(row)) for row in await taken(service_db)]
    relay = Relay(service_db, outbox, client)
    assert all([await relay._send(row) for row in rows])
    await release(service_db)
    await relay.send_batch()
    assert await in_stream(client) == 3
    assert sorted(await sent_ids(client)) == sorted(str(row.id) for row in rows)
    assert await pending(service_db) == 0


async def taken(db: Database) -> list[asyncpg.Record]:
    async with db.tx() as tx:
        return await tx.fetch(outbox_module.TAKE, outbox_module.CLAIM, 100)


async def release(db: Database) -> None:
    """As time does."""
    async with db.tx() as tx:
        await tx.execute("update outbox set claimed_until = now() - interval '1 second'")


async def test_a_killed_relays_rows_wait_for_the_end_of_its_claim(service_db: Database, client: Client, outbox: Outbox):
    await add(service_db, outbox)
    await taken(service_db)
    relay = Relay(service_db, outbox, client)
    await relay.send_batch()
    assert await in_stream(client) == 0
    await release(service_db)
    await relay.send_batch()
    assert await in_stream(client) == 1


async def test_two_relays_of_one_service_share_the_rows(
    service_db: Database, client: Client, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(outbox_module, "BATCH", 10)
    sends: list[UUID] = []
    real = Relay._send

    async def counted(self: Relay, event: outbox_module.Pending) -> bool:
        sends.append(event.id)
        return await real(self, event)

    monkeypatch.setattr(Relay, "_send", counted)
    await add(service_db, outbox, 100)
    relays = [Relay(service_db, outbox, client) for _ in range(4)]
    await asyncio.gather(*(relay._send_all() for relay in relays))
    assert len(sends) == len(set(sends)) == 100
    assert await in_stream(client) == 100


async def test_the_rows_of_other_services_are_left_alone(
    service_db: Database, client: Client, outbox: Outbox, database: TestDatabase, owner: asyncpg.Connection
):
    imager = Database(database.url("imager"))
    await imager.open()
    try:
        await add(service_db, outbox)
        await Relay(imager, Outbox("vision3/imager"), client).send_batch()
        assert await in_stream(client) == 0
        assert await pending(imager) == 0
        assert await owner.fetchval("select claimed_until from outbox") is None
    finally:
        await imager.close()
    await Relay(service_db, outbox, client).send_batch()
    assert await in_stream(client) == 1


async def test_what_the_stream_does_not_take_is_kept_and_sent_at_the_next_turn(
    service_db: Database, client: Client, outbox: Outbox
):
    await add(service_db, outbox, 3)
    await client.jetstream().delete_stream(WORK)
    relay = Relay(service_db, outbox, client)
    assert not await relay.send_batch()
    assert await pending(service_db) == 3
    await declare(client.jetstream(), [])
    await relay.send_batch()
    assert await in_stream(client) == 3
    assert await pending(service_db) == 0


async def test_while_nats_is_away_the_rows_wait_and_then_they_are_sent(
    service_db: Database, own_nats: OwnNats, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(outbox_module, "PUBLISH_TIMEOUT_S", 0.5)
    async with client_of(own_nats.server.url) as client:
        await declare(client.jetstream(), [])
        running = asyncio.create_task(Relay(service_db, outbox, client).run())
        own_nats.kill()
        await add(service_db, outbox, 300)
        await asyncio.sleep(1.5)
        assert await pending(service_db) == 300
        own_nats.restart()

        async def all_sent() -> bool:
            return await pending(service_db) == 0

        await until(all_sent, "the rows to be sent", seconds=8.0)
        assert await in_stream(client) == 300
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_a_row_that_can_not_be_sent_holds_up_no_other(
    service_db: Database, client: Client, outbox: Outbox, owner: asyncpg.Connection
):
    """As a version before this one sees the events of the next."""
    await add(service_db, outbox)
    async with service_db.tx() as tx:
        await tx.execute(outbox_module.ADD, uuid7(), "unheard.of.v9", b"{}", None)
    await Relay(service_db, outbox, client).send_batch()
    assert await in_stream(client) == 1
    assert await owner.fetchval("select type from outbox") == "unheard.of.v9"


async def test_a_relay_outlives_an_outage_of_its_database(service_db: Database, client: Client, outbox: Outbox):
    nowhere = Database("postgresql://nobody@127.0.0.1:1/none")
    await nowhere.open()
    relay = Relay(nowhere, outbox, client)
    running = asyncio.create_task(relay.run())
    outbox.added.set()
    await asyncio.sleep(0.5)
    assert not running.done()
    relay._db = service_db
    await add(service_db, outbox)
    await until(lambda: arrived(client, 1), "the event", seconds=4.0)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await nowhere.close()


async def test_the_trace_of_the_request_crosses_the_bus(service_db: Database, client: Client, outbox: Outbox):
    with TracerProvider().get_tracer("test").start_as_current_span("request") as span:
        await add(service_db, outbox)
    await Relay(service_db, outbox, client).send_batch()
    message = await client.jetstream().get_msg(WORK, 1)
    assert f"{span.get_span_context().trace_id:032x}" in (message.headers or {})["traceparent"]


async def test_facts_reach_those_who_listen(service_db: Database, client: Client, outbox: Outbox):
    heard = await client.subscribe(CreditsChanged.TYPE)
    event = CreditsChanged(user_id=uuid7())
    async with service_db.tx() as tx:
        await outbox.add(tx, event)
    await Relay(service_db, outbox, client).send_batch()
    assert str(event.user_id).encode() in (await heard.next_msg(timeout=1)).data

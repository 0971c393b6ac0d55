"""LemonSqueezy's door, as a process: what it lets in, what it answers, and how soon."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import httpx2
import pytest

from common.ids import uuid7
from tests.billing.conftest import billing_process
from tests.billing.test_signature import NOT_IT
from tests.support.lemonsqueezy import (
    SECRET,
    STORE_ID,
    envelope,
    headers,
    order_created,
    payment,
    signature,
    subscription_event,
    to_bytes,
)
from tests.support.processes import until
from tests.support.servers import TestDatabase

PATH = "/webhooks/lemonsqueezy"
LIMIT = 256 * 1024
SETTINGS = {
    "LEMONSQUEEZY_WEBHOOK_SECRET": SECRET,
    "LEMONSQUEEZY_STORE_ID": str(STORE_ID),
    "PACKS": '{"1001": 50}',
    "PLANS": '{"2001": {"tier": "starter", "credits": 200}}',
}


@pytest.fixture(scope="module")
async def running(migrated: TestDatabase, nats_url: str) -> AsyncIterator[httpx2.AsyncClient]:
    async with billing_process(migrated.url("billing"), nats_url, **SETTINGS) as client:
        yield client


@pytest.fixture
async def billing(running: httpx2.AsyncClient, database: TestDatabase) -> httpx2.AsyncClient:
    """The module's process, its database emptied for this test."""
    return running


async def stored(owner: asyncpg.Connection) -> int:
    return await owner.fetchval("select count(*) from webhook_events")


async def test_it_is_ready_with_both_dependencies_and_shows_its_metrics(billing: httpx2.AsyncClient):
    async def ready() -> bool:
        return (await billing.get("/readyz")).json() == {
            "ready": True,
            "dependencies": {"postgres": True, "nats": True},
        }

    await until(ready, "billing to be ready")
    assert "vision3_webhook_events_total" in (await billing.get("/metrics")).text


async def test_an_order_becomes_credits_and_nothing_is_left_in_the_outbox(
    billing: httpx2.AsyncClient, owner: asyncpg.Connection, buyer: UUID
):
    body = to_bytes(order_created(buyer))
    response = await billing.post(PATH, content=body, headers=headers(body))
    assert (response.status_code, response.content) == (200, b"")

    async def paid() -> bool:
        return await owner.fetchval("select credits_remaining from users where id = $1", buyer) == 70

    async def told() -> bool:
        return await owner.fetchval("select count(*) from outbox") == 0

    await until(paid, "the credits", seconds=5)
    await until(told, "the event to be sent", seconds=5)


async def test_a_hundred_deliveries_at_once_are_all_taken_and_grant_once(
    billing: httpx2.AsyncClient, owner: asyncpg.Connection, buyer: UUID
):
    body = to_bytes(order_created(buyer))
    responses = await asyncio.gather(*(billing.post(PATH, content=body, headers=headers(body)) for _ in range(100)))
    assert {r.status_code for r in responses} == {200}
    assert await stored(owner) == 1

    async def worked() -> bool:
        return await owner.fetchval("select outcome from webhook_events") == "applied"

    await until(worked, "the event to be worked on", seconds=5)
    assert await owner.fetchval("select credits_remaining from users where id = $1", buyer) == 70


async def test_the_answer_comes_within_milliseconds(billing: httpx2.AsyncClient):
    seconds = []
    for n in range(30):
        body = to_bytes(order_created("nobody", order_id=str(n)))
        started = time.perf_counter()
        await billing.post(PATH, content=body, headers=headers(body))
        seconds.append(time.perf_counter() - started)
    assert sorted(seconds)[15] < 0.1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x00",
        b"[]",
        b"{}",
        b"null",
        b"{not JSON",
        b"\xff" * 1000,
        b'{"meta":{"event_name":"tomorrow"}}',
        b"[" * LIMIT,
    ],
)
async def test_whatever_is_signed_is_stored_and_answered_with_200(
    billing: httpx2.AsyncClient, owner: asyncpg.Connection, body: bytes
):
    response = await billing.post(PATH, content=body, headers={"X-Signature": signature(body)})
    assert (response.status_code, await stored(owner)) == (200, 1)


async def test_of_two_names_the_signed_one_counts(billing: httpx2.AsyncClient, owner: asyncpg.Connection, buyer: UUID):
    body = to_bytes(order_created(buyer))
    response = await billing.post(PATH, content=body, headers=headers(body, event_name="subscription_expired"))
    assert response.status_code == 200
    assert await owner.fetchval("select event_name from webhook_events") == "order_created"


async def test_an_event_that_nobody_knows_is_kept_and_shown(billing: httpx2.AsyncClient, owner: asyncpg.Connection):
    body = to_bytes(envelope("of_tomorrow", {"type": "things"}))
    assert (await billing.post(PATH, content=body, headers=headers(body))).status_code == 200

    async def ignored() -> bool:
        return await owner.fetchval("select outcome from webhook_events where event_name = 'of_tomorrow'") == "ignored"

    await until(ignored, "the event to be looked at", seconds=5)
    assert 'vision3_webhook_events_total{event="other",outcome="ignored"}' in (await billing.get("/metrics")).text


async def test_a_body_that_was_written_anew_is_not_what_was_signed(
    billing: httpx2.AsyncClient, owner: asyncpg.Connection, buyer: UUID
):
    body = to_bytes(order_created(buyer))
    anew = json.dumps(json.loads(body)).encode()
    response = await billing.post(PATH, content=anew, headers=headers(body))
    assert (response.status_code, await stored(owner)) == (401, 0)


async def test_fifty_copies_of_a_payment_at_once_grant_once(
    billing: httpx2.AsyncClient, owner: asyncpg.Connection, buyer: UUID
):
    """The payment comes first, all its copies with it."""
    copies = [to_bytes(payment("success", buyer, webhook_id=str(n))) for n in range(50)]
    subscription = to_bytes(subscription_event("created", buyer))
    answers = await asyncio.gather(
        *(billing.post(PATH, content=b, headers=headers(b)) for b in [*copies, subscription])
    )
    assert {answer.status_code for answer in answers} == {200}

    async def worked() -> bool:
        await owner.execute("update webhook_events set next_attempt_at = now() where processed_at is null")
        body = to_bytes(envelope("customer_updated", {"id": str(uuid7())}))
        await billing.post(PATH, content=body, headers=headers(body))
        return not await owner.fetchval("select count(*) from webhook_events where processed_at is null")

    await until(worked, "all events to be worked on", seconds=10)
    row = await owner.fetchrow("select subscription_tier, credits_remaining from users where id = $1", buyer)
    assert tuple(row) == ("starter", 220)


async def test_five_megabytes_are_refused_before_they_are_sent(billing: httpx2.AsyncClient, owner: asyncpg.Connection):
    reader, writer = await asyncio.open_connection("127.0.0.1", billing.base_url.port)
    writer.write(f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: {5 * 1024 * 1024}\r\n\r\n".encode())
    answer = await asyncio.wait_for(reader.read(), 5)
    assert b" 413 " in answer.splitlines()[0]
    assert b"body_too_large" in answer
    writer.close()
    assert await stored(owner) == 0


@pytest.mark.parametrize("header", NOT_IT.values(), ids=NOT_IT.keys())
async def test_without_the_right_signature_nothing_is_stored(
    billing: httpx2.AsyncClient, owner: asyncpg.Connection, header: str | None
):
    sent = {} if header is None else {b"X-Signature": header.strip().encode()}
    if header is not None and header.endswith("\n"):
        sent = {b"X-Signature": header.strip().encode() + b"\xa0"}
    response = await billing.post(PATH, content=b'{"meta":{}}', headers=sent)
    assert (response.status_code, await stored(owner)) == (401, 0)
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json()["code"] == "unauthenticated"


async def test_a_body_at_the_limit_is_taken_and_one_byte_more_is_not(
    billing: httpx2.AsyncClient, owner: asyncpg.Connection
):
    for size, status in ((LIMIT, 200), (LIMIT + 1, 413)):
        body = b"x" * size
        response = await billing.post(PATH, content=body, headers={"X-Signature": signature(body)})
        assert response.status_code == status
    assert await stored(owner) == 1


async def test_an_endless_body_is_cut_off(billing: httpx2.AsyncClient, owner: asyncpg.Connection):
    """Without a length, byte after byte, until the answer comes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", billing.base_url.port)
    writer.write(f"POST {PATH} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
    for size in (*[0x10000] * 4, 1):  # and no more: bytes that nobody reads would reset the connection
        writer.write(b"%x\r\n" % size + b"x" * size + b"\r\n")
    assert b" 413 " in await asyncio.wait_for(reader.readline(), 5)
    await asyncio.wait_for(reader.read(), 5)
    writer.close()


async def test_a_client_that_leaves_in_the_middle_harms_nobody(billing: httpx2.AsyncClient, owner: asyncpg.Connection):
    _reader, writer = await asyncio.open_connection("127.0.0.1", billing.base_url.port)
    writer.write(f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf".encode())
    await writer.drain()
    writer.close()
    await writer.wait_closed()

    async def noticed() -> bool:
        return 'status="499"' in (await billing.get("/metrics")).text

    await until(noticed, "the half request to end", seconds=5)
    assert 'status="500"' not in (await billing.get("/metrics")).text
    assert await stored(owner) == 0


async def test_clients_that_send_slowly_hold_no_connection(billing: httpx2.AsyncClient, owner: asyncpg.Connection):
    """More of them than the pool has connections."""
    waiting = [await asyncio.open_connection("127.0.0.1", billing.base_url.port) for _ in range(15)]
    for _reader, writer in waiting:
        writer.write(f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf".encode())
        await writer.drain()
    body = to_bytes(order_created("x"))
    response = await asyncio.wait_for(billing.post(PATH, content=body, headers=headers(body)), 2)
    assert response.status_code == 200
    for _reader, writer in waiting:
        writer.close()
        await writer.wait_closed()


async def test_without_a_secret_there_is_no_endpoint(database: TestDatabase, nats_url: str, owner: asyncpg.Connection):
    body = to_bytes(order_created("x"))
    async with billing_process(database.url("billing"), nats_url) as billing:
        for secret in ("", SECRET):
            response = await billing.post(PATH, content=body, headers=headers(body, secret=secret))
            assert response.status_code == 404
    assert await stored(owner) == 0


async def test_with_postgres_and_nats_down_it_starts_and_asks_the_vendor_to_come_again():
    body = to_bytes(order_created("x"))
    nowhere = "postgresql://vision3_billing:x@127.0.0.1:1/vision3"
    async with billing_process(nowhere, "nats://127.0.0.1:1", **SETTINGS) as billing:
        started = time.monotonic()
        response = await billing.post(PATH, content=body, headers=headers(body))
        assert time.monotonic() - started < 3
        assert (response.status_code, response.json()["code"]) == (503, "unavailable")
        assert int(response.headers["Retry-After"]) > 0
        assert (await billing.get("/readyz")).status_code == 503

"""What a bucket is besides: links for browsers, a prefix, keys that nobody sees, and outages that end."""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx2
import pytest

from common import stores
from common.storage import ObjectStore, StoreAway
from common.store_settings import StoreSettings
from tests.support.stores import ACCESS_KEY, SECRET_KEY, Bucket, in_bucket, signature
from vision3.servers.ports import free_port

KEY = "generations/1/2.jpg"
JPEG = b"\xff\xd8\xff\xe0 the bytes of a picture \xff\xd9"

CALLS: dict[str, Callable[[ObjectStore], Awaitable[object]]] = {
    "put": lambda store: store.put(KEY, JPEG),
    "get": lambda store: store.get(KEY),
    "delete": lambda store: store.delete(KEY),
}
every_call = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)


@pytest.fixture
async def browser() -> AsyncIterator[httpx2.AsyncClient]:
    """Knows no keys."""
    async with httpx2.AsyncClient(trust_env=False) as client:
        yield client


async def test_a_link_gives_the_picture_to_who_has_no_key(bucket: Bucket, browser: httpx2.AsyncClient):
    store = bucket.store()
    await store.put(KEY, JPEG)
    link = await store.link(KEY)
    assert link
    answer = await browser.get(link)
    assert (answer.status_code, answer.content, answer.headers["Content-Type"]) == (200, JPEG, "image/jpeg")
    assert parse_qs(urlsplit(link).query)["X-Amz-Expires"] == ["300"]
    assert (await browser.get(link.partition("?")[0])).status_code == 403


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_the_signature_is_what_another_library_computes(method, bucket: Bucket):
    link = await bucket.store(store_region="eu-central-1").link("a key/ä&+.jpg", head=method == "HEAD")
    assert link
    assert parse_qs(urlsplit(link).query)["X-Amz-Signature"] == [signature(link, method, "eu-central-1")]


async def test_links_lead_where_browsers_reach_the_store(bucket: Bucket):
    link = await bucket.store(store_public_endpoint="https://pictures.example/s3/").link(KEY)
    assert link
    assert link.startswith(f"https://pictures.example/s3/{bucket.name}/{KEY}?")


async def test_without_an_endpoint_it_is_aws():
    settings = in_bucket("", "a-bucket", store_region="eu-west-1")
    link = await ObjectStore(StoreSettings(**settings)).link(KEY)
    assert link
    assert link.startswith(f"https://a-bucket.s3.eu-west-1.amazonaws.com/{KEY}?")


async def test_nothing_is_taken_from_variables_of_other_tools(monkeypatch: pytest.MonkeyPatch, bucket: Bucket):
    others = {
        "ENDPOINT_URL": "http://elsewhere.example",
        "ACCESS_KEY_ID": "another",
        "SESSION_TOKEN": "a-token",
        "SKIP_SIGNATURE": "true",
        "VIRTUAL_HOSTED_STYLE_REQUEST": "true",
    }
    for name, value in others.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    store = bucket.store()
    await store.put(KEY, JPEG)
    assert await store.get(KEY) == JPEG
    link = await store.link(KEY)
    assert link
    query = parse_qs(urlsplit(link).query)
    assert link.startswith(f"{bucket.endpoint}/{bucket.name}/")
    assert query["X-Amz-Credential"][0].startswith(f"{ACCESS_KEY}/")
    assert "X-Amz-Security-Token" not in query


async def test_a_prefix_keeps_two_systems_apart_in_one_bucket(bucket: Bucket, browser: httpx2.AsyncClient):
    one, whole = bucket.store(store_url=f"s3://{bucket.name}/systems/one/"), bucket.store()
    await one.put(KEY, JPEG)
    assert await whole.get(f"systems/one/{KEY}") == JPEG
    assert await whole.get(KEY) is None
    link = await one.link(KEY)
    assert link
    assert (await browser.get(link)).content == JPEG
    await one.delete(KEY)
    assert await whole.get(f"systems/one/{KEY}") is None


async def test_what_is_no_picture_is_not_said_to_be_one(bucket: Bucket, browser: httpx2.AsyncClient):
    await bucket.store().put("1.background", b"as its provider sent it")
    link = await bucket.store().link("1.background")
    assert link
    assert "image" not in (await browser.get(link)).headers["Content-Type"]


@every_call
async def test_a_missing_bucket_is_a_store_that_is_away(s3_endpoint: str, call):
    store = ObjectStore(StoreSettings(**in_bucket(s3_endpoint, f"none-{uuid4().hex}")))
    with pytest.raises(StoreAway, match="NoSuchBucket"):
        await call(store)


@every_call
async def test_an_endpoint_where_nobody_listens_is_a_store_that_is_away(call):
    await _away(f"http://127.0.0.1:{free_port()}", call, within_s=3)


@every_call
async def test_an_endpoint_that_never_answers_is_given_up(call, monkeypatch: pytest.MonkeyPatch):
    _hurry(monkeypatch)
    async with answering(b"") as endpoint:
        await _away(endpoint, call, within_s=4)


async def test_an_answer_that_stops_in_the_middle_is_given_up(monkeypatch: pytest.MonkeyPatch):
    _hurry(monkeypatch)
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\nLast-Modified: Fri, 27 Nov 2026 14:19:26 GMT\r\n\r\n"
    async with answering(head + b"the first bytes") as endpoint:
        await _away(endpoint, CALLS["get"], within_s=4)


@every_call
async def test_a_store_that_fails_is_away(call):
    async with answering(b"HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\nConnection: close\r\n\r\n") as endpoint:
        await _away(endpoint, call, within_s=5)


@every_call
async def test_a_store_that_refuses_the_keys_is_away_and_nothing_of_them_is_told(call):
    """A store quotes the key, and what was signed with it, in its answer."""
    told = f"<Error><Code>SignatureDoesNotMatch</Code><AWSAccessKeyId>{ACCESS_KEY}</AWSAccessKeyId></Error>".encode()
    answer = b"HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%b" % (len(told), told)
    async with answering(answer) as endpoint:
        await _away(endpoint, call, within_s=3)


def test_the_keys_are_not_shown():
    settings = StoreSettings(**in_bucket("http://127.0.0.1:1", "a-bucket"))
    store = stores.signing(settings)
    assert store
    _has_no_key(f"{settings!r} {settings} {store!r} {store.config!r}")


def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same with shorter times, so that the tests need not wait for the real ones."""
    monkeypatch.setattr(stores, "REQUEST_S", 1)
    monkeypatch.setitem(stores.RETRY, "retry_timeout", stores.RETRY["retry_timeout"] / 4)


async def _away(endpoint: str, call: Callable[[ObjectStore], Awaitable[object]], *, within_s: float) -> None:
    store = ObjectStore(StoreSettings(**in_bucket(endpoint, "a-bucket")))
    started = time.monotonic()
    with pytest.raises(StoreAway) as away:
        await call(store)
    assert time.monotonic() - started < within_s
    _has_no_key("".join(traceback.format_exception(away.value)))


def _has_no_key(text: str) -> None:
    assert ACCESS_KEY not in text
    assert SECRET_KEY not in text


@asynccontextmanager
async def answering(data: bytes) -> AsyncIterator[str]:
    """A server that says this to everyone, and then no more."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(data)
        await writer.drain()
        while await reader.read(65536):
            pass
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()

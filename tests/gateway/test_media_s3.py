"""Pictures in S3: the gateway sends whoever holds a signed address to the store, for a few minutes."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from io import BytesIO
from uuid import UUID
from zipfile import ZipFile

import asyncpg
import httpx2
import pytest

from common.keys import picture_key
from gateway.routes import media
from tests.gateway import rows
from tests.gateway.conftest import Gateway, Start, problem
from tests.gateway.test_media import JPEG, changed
from tests.support.stores import Bucket, in_bucket, signature
from vision3.servers.ports import free_port


@pytest.fixture
async def gateway(start: Start, bucket: Bucket) -> AsyncIterator[Gateway]:
    async with start(**bucket.settings()) as running:
        yield running


@pytest.fixture
async def browser() -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(trust_env=False) as client:
        yield client


@pytest.fixture
async def generation(gateway: Gateway, owner: asyncpg.Connection, bucket: Bucket) -> UUID:
    """With one picture."""
    generation_id = UUID((await gateway.generate(count=3)).json()["generation_id"])
    artifact = await rows.picture(owner, generation_id)
    await bucket.store().put(picture_key(generation_id, artifact), JPEG)
    return generation_id


@pytest.fixture
async def url(gateway: Gateway, generation: UUID) -> str:
    return (await gateway.get(f"/api/generations/{generation}")).json()["artifacts"][0]["url"]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_signed_address_leads_to_the_picture(
    method: str, gateway: Gateway, url: str, browser: httpx2.AsyncClient
):
    answer = await gateway.http.request(method, url)
    assert (answer.status_code, answer.content) == (302, b"")
    link = answer.headers["Location"]
    picture = await browser.request(method, link)
    assert (picture.status_code, picture.headers["Content-Type"]) == (200, "image/jpeg")
    assert picture.content == (JPEG if method == "GET" else b"")
    assert link.endswith(f"&X-Amz-Signature={signature(link, method)}")


async def test_a_redirect_is_kept_for_less_long_than_it_leads_anywhere(gateway: Gateway, url: str):
    answer = await gateway.get(url, None)
    lasts = re.search(r"X-Amz-Expires=(\d+)", answer.headers["Location"])
    assert lasts
    assert lasts[1] == "300"
    assert answer.headers["Cache-Control"] == "private, max-age=240"


async def test_a_redirect_is_not_kept_beyond_the_address_that_gave_it(
    gateway: Gateway, url: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(media, "REDIRECT_S", 10_000)
    max_age_s = int((await gateway.get(url, None)).headers["Cache-Control"].removeprefix("private, max-age="))
    assert 3600 - 60 <= max_age_s <= 7200


async def test_a_changed_address_is_not_found(gateway: Gateway, url: str):
    problem(await gateway.get(changed(url, s="x"), None), 404, "not_found")


async def test_the_store_is_not_asked(start: Start, url: str):
    """A slow store slows no gateway down."""
    async with start(**in_bucket(f"http://127.0.0.1:{free_port()}", "a-bucket")) as gateway:
        assert (await gateway.get(url, None)).status_code == 302


async def test_browsers_are_sent_where_they_reach_the_store(start: Start, url: str, bucket: Bucket):
    async with start(**bucket.settings(store_public_endpoint="https://pictures.example")) as gateway:
        location = (await gateway.get(url, None)).headers["Location"]
    assert location.startswith(f"https://pictures.example/{bucket.name}/generations/")


async def test_a_download_holds_the_pictures(gateway: Gateway, generation: UUID):
    answer = await gateway.get(f"/api/generations/{generation}/download")
    assert answer.status_code == 200
    with ZipFile(BytesIO(answer.content)) as opened:
        assert opened.read("thumbnail-1.jpg") == JPEG


async def test_a_download_without_the_store_is_a_503(start: Start, generation: UUID):
    async with start(**in_bucket(f"http://127.0.0.1:{free_port()}", "a-bucket")) as gateway:
        problem(await gateway.get(f"/api/generations/{generation}/download"), 503, "unavailable")

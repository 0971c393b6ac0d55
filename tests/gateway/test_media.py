"""Pictures: whoever holds a signed address gets the bytes, nobody else does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import asyncpg
import httpx2
import pytest

from common.ids import uuid7
from common.keys import picture_key
from gateway.media import MediaLinks
from gateway.signing import Signer
from tests.gateway import rows
from tests.gateway.conftest import PUBLIC_URL, Gateway, problem

JPEG = b"\xff\xd8\xff\xe0 the bytes of a picture \xff\xd9"
AT = datetime(2026, 3, 1, 14, 20, tzinfo=UTC)


@pytest.fixture
async def url(gateway: Gateway, owner: asyncpg.Connection, store: Path) -> str:
    """The address of a stored picture, as the gateway shows it."""
    generation = UUID((await gateway.generate(count=3)).json()["generation_id"])
    artifact = await rows.picture(owner, generation)
    file = store / picture_key(generation, artifact)
    file.parent.mkdir(parents=True)
    file.write_bytes(JPEG)
    return (await gateway.get(f"/api/generations/{generation}")).json()["artifacts"][0]["url"]


def stored(store: Path) -> Path:
    return next(store.rglob("*.jpg"))


async def test_a_signed_address_gives_the_picture_to_anyone(gateway: Gateway, url: str):
    answer = await gateway.get(url, None)
    assert (answer.status_code, answer.content) == (200, JPEG)
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"].startswith('inline; filename="vision3-')
    scope, age, kind = answer.headers["Cache-Control"].split(", ")
    assert (scope, kind) == ("private", "immutable")
    assert 3600 - 60 <= int(age.removeprefix("max-age=")) <= 7200


@pytest.mark.parametrize("known", ["{}", "W/{}", '"other", {}', "*"])
async def test_a_picture_that_the_client_has_is_not_sent_again(gateway: Gateway, url: str, known: str):
    etag = (await gateway.get(url, None)).headers["ETag"]
    answer = await gateway.get(url, None, headers={"If-None-Match": known.format(etag)})
    assert (answer.status_code, answer.content, answer.headers["ETag"]) == (304, b"", etag)


async def test_head_answers_the_same_headers(gateway: Gateway, url: str):
    answer = await gateway.http.head(url)
    assert (answer.status_code, answer.headers["Content-Length"]) == (200, str(len(JPEG)))


async def test_the_address_has_the_promised_form(url: str):
    parts = urlsplit(url)
    assert url.startswith(f"{PUBLIC_URL}/media/")
    assert parse_qs(parts.query).keys() == {"e", "s"}


def changed(url: str, **query: str) -> str:
    return str(httpx2.URL(url).copy_merge_params(query))


async def test_a_changed_address_is_not_found(gateway: Gateway, url: str):
    e, s = (parse_qs(urlsplit(url).query)[name][0] for name in "es")
    flipped = ("A" if s[0] != "A" else "B") + s[1:]
    last = s[:-1] + ("A" if s[-1] != "A" else "B")
    path = url.partition("?")[0]
    addresses = [
        path,
        f"{path}?e={e}",
        f"{path}?s={s}",
        changed(url, e=str(int(e) + 1)),
        changed(url, e=f"0{e}"[:12] + "x"),
        changed(url, e="9" * 400),
        changed(url, e="-1"),
        changed(url, e="\u0661\u0662"),
        changed(url, s=flipped),
        changed(url, s=last),
        changed(url, s=s[:-1]),
        changed(url, s=s + "="),
        changed(url, s=""),
        changed(url, s="s\u00e4"),
        url.replace(path, f"{PUBLIC_URL}/media/{uuid7()}"),
        url.replace(path, f"{PUBLIC_URL}/media/not-an-id"),
    ]
    for address in addresses:
        problem(await gateway.get(address, None), 404, "not_found")


async def test_a_cursor_is_no_signature_for_a_picture(gateway: Gateway, url: str):
    await gateway.generate(count=3)
    cursor = (await gateway.get("/api/generations?limit=1")).json()["next_cursor"]
    problem(await gateway.get(changed(url, s=cursor), None), 404, "not_found")


async def test_a_picture_that_is_gone_is_not_found(gateway: Gateway, url: str, store: Path):
    stored(store).unlink()
    problem(await gateway.get(url, None), 404, "not_found")


async def test_a_store_that_can_not_be_read_is_unavailable(gateway: Gateway, url: str, store: Path):
    file = stored(store)
    file.unlink()
    file.symlink_to(file)
    answer = await gateway.get(url, None)
    problem(answer, 503, "unavailable")
    assert answer.headers["Retry-After"] == "2"


def links(secret: str = "one") -> MediaLinks:
    return MediaLinks(Signer(secret), PUBLIC_URL)


def check(url: str, now: datetime, secret: str = "one"):
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    return links(secret).check(UUID(parts.path.rpartition("/")[2]), query["e"][0], query["s"][0], now)


def test_an_address_is_stable_within_the_hour_and_another_one_after():
    ids = uuid7(), uuid7()
    first = links().url(*ids, AT)
    assert links().url(*ids, AT + timedelta(minutes=39)) == first
    assert links().url(*ids, AT + timedelta(minutes=41)) != first


@pytest.mark.parametrize("minute", [0, 1, 30, 59])
def test_an_address_lives_for_one_to_two_hours(minute: int):
    at = AT.replace(minute=minute)
    url = links().url(uuid7(), uuid7(), at)
    assert check(url, at + timedelta(minutes=59, seconds=59))
    assert not check(url, at + timedelta(hours=2))


def test_an_address_names_the_key_and_how_long_it_lasts():
    generation, artifact = uuid7(), uuid7()
    found = check(links().url(generation, artifact, AT), AT)
    assert (found.key, found.max_age_s) == (f"generations/{generation}/{artifact}.jpg", 100 * 60)


def test_an_address_under_another_secret_is_none():
    assert check(links().url(uuid7(), uuid7(), AT), AT, "another") is None

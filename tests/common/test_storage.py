"""The object store: what holds for a folder and a bucket alike, and what a folder is besides."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from common.settings import SettingsError, load
from common.storage import ObjectStore, StoreAway
from common.store_settings import StoreSettings
from tests.support.stores import Bucket, in_folder

KEY = "generations/1/pictures/2.jpg"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "a folder" / "objects"


@pytest.fixture(params=["folder", "bucket"])
def settings(request: pytest.FixtureRequest, folder: Path) -> StoreSettings:
    if request.param == "folder":
        return StoreSettings(store_url=folder.as_uri())
    bucket: Bucket = request.getfixturevalue("bucket")
    return StoreSettings(**bucket.settings())


@pytest.fixture
def store(settings: StoreSettings) -> ObjectStore:
    return ObjectStore(settings)


def files(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file()]


def replace_by_a_file(folder: Path) -> None:
    """As when a disk is gone. Permissions would not stop root."""
    folder.rmdir()
    folder.write_text("a file where the folder was")


async def test_what_was_put_can_be_got_by_another_process(store: ObjectStore, settings: StoreSettings):
    data = bytes(range(256)) * 2000
    await store.put(KEY, data)
    assert await ObjectStore(settings).get(KEY) == data


async def test_putting_again_overwrites(store: ObjectStore):
    await store.put(KEY, b"the first and longer one")
    await store.put(KEY, b"the second")
    assert await store.get(KEY) == b"the second"


async def test_a_reader_gets_the_old_object_or_the_new_one_and_nothing_between(store: ObjectStore):
    versions = [bytes([number]) * 300_000 for number in range(20)]
    await store.put(KEY, versions[0])
    results = await asyncio.gather(*(call for data in versions for call in (store.put(KEY, data), store.get(KEY))))
    assert {result for result in results if result is not None} <= set(versions)


async def test_an_empty_object_is_an_object(store: ObjectStore):
    await store.put(KEY, b"")
    assert await store.get(KEY) == b""


async def test_a_missing_object_is_none(store: ObjectStore):
    assert await store.get(KEY) is None


async def test_deleting_removes_it_and_may_be_done_again(store: ObjectStore):
    await store.put(KEY, b"a picture")
    await store.delete(KEY)
    assert await store.get(KEY) is None
    await store.delete(KEY)


async def test_a_key_cannot_lead_out_of_the_store(store: ObjectStore, folder: Path):
    with pytest.raises(ValueError):
        await store.put("../outside.jpg", b"a picture")
    assert files(folder.parent) == []


async def test_a_folder_holds_the_bytes_under_the_key_and_nothing_else(folder: Path):
    store = in_folder(folder)
    await store.put(KEY, b"the first")
    await store.put(KEY, b"a picture")
    assert files(folder) == [folder / KEY]
    assert (folder / KEY).read_bytes() == b"a picture"


async def test_a_folder_has_no_links(folder: Path):
    assert await in_folder(folder).link(KEY) is None


async def test_a_folder_that_cannot_be_written_is_a_store_that_is_away(folder: Path):
    store = in_folder(folder)
    replace_by_a_file(folder)
    with pytest.raises(StoreAway) as away:
        await store.put(KEY, b"a picture")
    assert away.value.code == "store_unavailable"
    assert away.value.retry_after_s
    assert str(folder) not in away.value.detail


WRONG_URLS = [
    "objects",
    "file:relative",
    "file://host/objects",
    "s3:///prefix",
    "s3://",
    "s3://key:secret@bucket",
    "s3://bucket?region=x",
    "s3://bucket#x",
    "gs://bucket",
    "https://bucket.example",
]


@pytest.mark.parametrize("url", [*WRONG_URLS, ""])
def test_an_url_of_no_store_is_refused_by_the_variables_name(monkeypatch: pytest.MonkeyPatch, url: str):
    given(monkeypatch, url=url, access_key="a", secret_key="b")
    with pytest.raises(SettingsError, match="VISION3_STORE_URL"):
        load(StoreSettings)


@pytest.mark.parametrize("missing", ["access_key", "secret_key"])
def test_a_bucket_without_a_key_is_refused_by_the_variables_name(monkeypatch: pytest.MonkeyPatch, missing: str):
    given(monkeypatch, **({"url": "s3://bucket", "access_key": "a-key", "secret_key": "a-secret"} | {missing: ""}))
    with pytest.raises(SettingsError) as refused:
        load(StoreSettings)
    assert str(refused.value).startswith(f"VISION3_STORE_{missing.upper()}: ")
    assert len(str(refused.value).splitlines()) == 1
    assert "a-key" not in str(refused.value)
    assert "a-secret" not in str(refused.value)


@pytest.mark.parametrize("name", ["endpoint", "public_endpoint"])
@pytest.mark.parametrize("endpoint", ["store:7070", "ftp://store", "http://", "http://key:secret@store", "//store"])
def test_an_endpoint_that_is_none_is_refused_by_the_variables_name(
    monkeypatch: pytest.MonkeyPatch, name: str, endpoint: str
):
    given(monkeypatch, url="s3://bucket", access_key="a", secret_key="b", **{name: endpoint})
    with pytest.raises(SettingsError, match=f"^VISION3_STORE_{name.upper()}: ") as refused:
        load(StoreSettings)
    assert "secret" not in str(refused.value)


def test_a_folder_needs_no_keys(monkeypatch: pytest.MonkeyPatch):
    given(monkeypatch, url="file:///objects")
    assert load(StoreSettings).store_region == "us-east-1"


def given(monkeypatch: pytest.MonkeyPatch, **settings: str) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(f"VISION3_STORE_{name.upper()}", value)

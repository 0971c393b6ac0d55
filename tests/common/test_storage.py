"""The object store on real files."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from common.errors import Vision3Error
from common.storage import ObjectStore, StoreAway

KEY = "generations/1/pictures/2.jpg"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "a folder" / "objects"


def files(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file()]


def replace_by_a_file(folder: Path) -> None:
    """As when a disk is gone. Permissions would not stop root."""
    folder.rmdir()
    folder.write_text("a file where the folder was")


@pytest.fixture
def store(folder: Path) -> ObjectStore:
    return ObjectStore(folder.as_uri())


async def test_what_was_put_can_be_got_from_another_store_over_the_same_folder(store: ObjectStore, folder: Path):
    data = bytes(range(256)) * 2000
    await store.put(KEY, data)
    assert await ObjectStore(folder.as_uri()).get(KEY) == data
    assert (folder / KEY).read_bytes() == data


async def test_putting_again_overwrites(store: ObjectStore, folder: Path):
    await store.put(KEY, b"the first and longer one")
    await store.put(KEY, b"the second")
    assert await store.get(KEY) == b"the second"
    assert files(folder) == [folder / KEY]


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


async def test_a_key_cannot_leave_the_folder(store: ObjectStore, folder: Path):
    with pytest.raises(ValueError):
        await store.put("../outside.jpg", b"a picture")
    assert files(folder.parent) == []


async def test_a_folder_that_cannot_be_written_is_a_store_that_is_away(store: ObjectStore, folder: Path):
    replace_by_a_file(folder)
    with pytest.raises(StoreAway) as away:
        await store.put(KEY, b"a picture")
    assert away.value.code == "store_unavailable"
    assert away.value.retry_after_s
    assert str(folder) not in away.value.detail


@pytest.mark.parametrize("url", ["s3://bucket", "objects", "file:relative", "", "file://host/objects"])
def test_an_url_that_is_no_folder_of_this_machine_is_refused_by_the_variables_name(url: str):
    with pytest.raises(Vision3Error, match="VISION3_STORE_URL"):
        ObjectStore(url)

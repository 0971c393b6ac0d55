"""A generation as a ZIP: everything in it, streamed, and no database connection held meanwhile."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path
from uuid import UUID
from zipfile import ZipFile

import asyncpg
import pytest

from common.ids import uuid7
from common.keys import picture_key
from common.storage import ABSENT, ObjectStore, StoreAway
from gateway import archive
from tests.gateway import rows
from tests.gateway.conftest import Gateway, Start, problem

TITLES = ["First title", "Zweiter Titel – größer", "三つ目"]


def store_picture(store: Path, generation: UUID, artifact: UUID, size: int = 1000) -> bytes:
    data = b"\xff\xd8" + artifact.bytes * (size // 16)
    file = store / picture_key(generation, artifact)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    return data


@pytest.fixture
async def generation(gateway: Gateway, owner: asyncpg.Connection) -> UUID:
    generation_id = UUID((await gateway.generate(count=3)).json()["generation_id"])
    for title in TITLES:
        await rows.title(owner, generation_id, title)
    return generation_id


async def test_it_holds_pictures_titles_and_a_manifest(
    gateway: Gateway, owner: asyncpg.Connection, store: Path, generation: UUID
):
    concepts = [await rows.concept(owner, generation, position) for position in range(3)]
    first = await rows.image(owner, generation, concepts[0])
    edit = await rows.image(owner, generation, concepts[0], parent_id=first, edit_digest=b"x")
    third = await rows.image(owner, generation, concepts[2])
    names = {"thumbnail-1.jpg": first, "thumbnail-1-edit-1.jpg": edit, "thumbnail-3.jpg": third}
    pictures = {name: store_picture(store, generation, artifact) for name, artifact in names.items()}
    await rows.settle(owner, generation, refund=1)
    answer = await gateway.get(f"/api/generations/{generation}/download")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/zip")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="vision3-{generation}.zip"'
    with ZipFile(BytesIO(answer.content)) as opened:
        assert opened.testzip() is None
        assert set(opened.namelist()) == {*pictures, "titles.txt", "manifest.json"}
        assert {name: opened.read(name) for name in pictures} == pictures
        assert opened.read("titles.txt").decode().splitlines() == TITLES
        manifest = json.loads(opened.read("manifest.json"))
    assert manifest["titles"] == TITLES
    assert {image["file"]: image["id"] for image in manifest["images"]} == {n: str(i) for n, i in names.items()}
    assert (manifest["id"], manifest["prompt"], manifest["credits_refunded"]) == (str(generation), "sourdough bread", 1)
    assert "/media/" not in json.dumps(manifest)


async def test_a_picture_whose_object_is_gone_is_left_out(
    gateway: Gateway, owner: asyncpg.Connection, store: Path, generation: UUID
):
    await rows.picture(owner, generation)
    answer = await gateway.get(f"/api/generations/{generation}/download")
    with ZipFile(BytesIO(answer.content)) as opened:
        assert opened.namelist() == ["titles.txt", "manifest.json"]
        assert json.loads(opened.read("manifest.json"))["images"] == []


async def test_it_is_made_piece_by_piece_with_no_connection_held(
    start: Start, owner: asyncpg.Connection, store: Path, monkeypatch
):
    """One picture is read for each piece taken, while none of the gateway's connections is in a transaction."""
    seen: list[tuple[int, int]] = []
    read = ObjectStore.get

    async def counted(self: ObjectStore, key: str) -> bytes | None:
        busy = "select count(*) from pg_stat_activity where application_name = 'vision3-gateway' and state <> 'idle'"
        if key != ABSENT:  # which is how the gateway sees whether the store is there
            seen.append((len(seen), await owner.fetchval(busy)))
        return await read(self, key)

    monkeypatch.setattr(ObjectStore, "get", counted)
    async with start(nats_url="nats://127.0.0.1:1") as gateway:
        generation = UUID((await gateway.generate(count=3)).json()["generation_id"])
        for position in range(3):
            artifact = await rows.image(owner, generation, await rows.concept(owner, generation, position))
            store_picture(store, generation, artifact, size=200_000)
        assert (await gateway.get(f"/api/generations/{generation}/download")).status_code == 200
    assert seen == [(0, 0), (1, 0), (2, 0)]


async def test_a_store_that_is_away_is_a_503_and_no_half_file(
    gateway: Gateway, owner: asyncpg.Connection, generation: UUID, monkeypatch
):
    async def away(_self: ObjectStore, _key: str) -> bytes | None:
        raise StoreAway("test")

    await rows.picture(owner, generation)
    monkeypatch.setattr(ObjectStore, "get", away)
    problem(await gateway.get(f"/api/generations/{generation}/download"), 503, "unavailable")


async def test_memory_holds_one_picture_at_a_time():
    """What was taken is not kept."""
    pipe = archive._Pipe()
    with ZipFile(pipe, "w") as opened:
        sizes = []
        for number in range(3):
            opened.writestr(f"{number}", b"x" * 100_000)
            sizes.append(len(pipe.taken()))
    assert all(100_000 < size < 100_200 for size in sizes)


async def test_anothers_is_not_found(gateway: Gateway, generation: UUID):
    problem(await gateway.get(f"/api/generations/{generation}/download", "bob"), 404, "not_found")
    problem(await gateway.get(f"/api/generations/{uuid7()}/download"), 404, "not_found")
    problem(await gateway.get(f"/api/generations/{generation}/download", None), 401, "unauthenticated")

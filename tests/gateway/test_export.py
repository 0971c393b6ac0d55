"""Everything that is held on somebody, in a file that they can read; and nothing of anybody else's."""

from __future__ import annotations

import json
import shutil
from io import BytesIO
from pathlib import Path
from uuid import UUID
from zipfile import ZipFile

import asyncpg
import httpx2
import pytest

from common.storage import ObjectStore, StoreAway
from gateway import export
from tests.gateway import rows
from tests.gateway.conftest import Gateway, problem
from tests.gateway.test_downloads import store_picture

SUBSCRIBED = """
insert into subscriptions (id, user_id, tier, status, vendor_updated_at, customer_id)
  select '70001', id, 'starter', 'active', now(), 31337 from users where clerk_id = 'user_alice'
"""


def opened(answer: httpx2.Response) -> dict[str, bytes]:
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/zip")
    with ZipFile(BytesIO(answer.content)) as file:
        assert file.testzip() is None
        return {name: file.read(name) for name in file.namelist()}


async def made(gateway: Gateway, owner: asyncpg.Connection, store: Path, user: str = "alice") -> tuple[UUID, bytes]:
    """A generation with a title and a picture: its id, and the picture."""
    generation = UUID((await gateway.generate(user, count=3)).json()["generation_id"])
    await rows.title(owner, generation, f"a title for {user}")
    artifact = await rows.image(owner, generation, await rows.concept(owner, generation, 0))
    picture = store_picture(store, generation, artifact)
    await rows.settle(owner, generation, refund=2)
    return generation, picture


async def test_account_plans_ledger_and_generations_are_in_it(gateway: Gateway, owner: asyncpg.Connection, store: Path):
    generation, picture = await made(gateway, owner, store)
    await owner.execute(SUBSCRIBED)
    answer = await gateway.get("/api/me/export")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="vision3-export.zip"'
    files = opened(answer)
    [folder] = {name.rpartition("/")[0] for name in files if name.startswith("generations/")}
    assert folder.endswith(str(generation))
    assert files[f"{folder}/thumbnail-1.jpg"] == picture
    assert files[f"{folder}/titles.txt"] == b"a title for alice\n"
    assert json.loads(files[f"{folder}/manifest.json"])["prompt"] == "sourdough bread"
    me = (await gateway.get("/api/me")).json()
    assert json.loads(files["account.json"]) == me
    [plan] = json.loads(files["subscriptions.json"])
    assert (plan["id"], plan["tier"], plan["status"]) == ("70001", "starter", "active")
    entries = json.loads(files["credits.json"])
    assert entries == (await gateway.get("/api/me/credits")).json()["items"]
    assert sum(entry["amount"] for entry in entries) == me["credits_remaining"]
    for name in files:
        assert name.startswith("generations/") or name == "README.txt" or name in files["README.txt"].decode()


async def test_nothing_of_another_user_is_in_it(gateway: Gateway, owner: asyncpg.Connection, store: Path):
    other, _ = await made(gateway, owner, store, "bob")
    await owner.execute(SUBSCRIBED)
    files = opened(await gateway.get("/api/me/export"))
    bob = (await gateway.get("/api/me", "bob")).json()["id"]
    for content in (*files.values(), *(name.encode() for name in files)):
        assert str(other).encode() not in content
        assert bob.encode() not in content


async def test_who_has_nothing_gets_that(gateway: Gateway):
    files = opened(await gateway.get("/api/me/export"))
    assert set(files) == {"README.txt", "account.json", "subscriptions.json", "credits.json"}
    assert json.loads(files["subscriptions.json"]) == []


@pytest.mark.parametrize("at_once", [1, 2, 3, 4])
async def test_page_by_page_nothing_is_left_out_or_doubled(
    gateway: Gateway, owner: asyncpg.Connection, store: Path, monkeypatch: pytest.MonkeyPatch, at_once: int
):
    monkeypatch.setattr(export, "GENERATIONS_AT_ONCE", at_once)
    monkeypatch.setattr(export, "ENTRIES_AT_ONCE", at_once)
    generations = {str((await made(gateway, owner, store))[0]) for _ in range(3)}
    files = opened(await gateway.get("/api/me/export"))
    manifests = [json.loads(files[name])["id"] for name in files if name.endswith("manifest.json")]
    assert sorted(manifests) == sorted(generations)
    kinds = [entry["kind"] for entry in json.loads(files["credits.json"])]
    assert sorted(kinds) == ["charge"] * 3 + ["refund"] * 3 + ["signup"]


async def test_a_picture_that_is_gone_is_left_out(gateway: Gateway, owner: asyncpg.Connection, store: Path):
    await made(gateway, owner, store)
    shutil.rmtree(store)
    files = opened(await gateway.get("/api/me/export"))
    assert not [name for name in files if name.endswith(".jpg")]


async def test_a_store_that_is_away_breaks_it_off(
    gateway: Gateway, owner: asyncpg.Connection, store: Path, monkeypatch: pytest.MonkeyPatch
):
    """The answer has begun: half a file must not look like a whole one."""
    await made(gateway, owner, store)

    async def away(_self: ObjectStore, _key: str) -> bytes | None:
        raise StoreAway("test")

    monkeypatch.setattr(ObjectStore, "get", away)
    content = (await gateway.get("/api/me/export")).content
    assert content.startswith(b"PK")
    assert b"PK\x05\x06" not in content  # the end of a whole one


async def test_without_a_token_nobody_gets_anything(gateway: Gateway):
    problem(await gateway.get("/api/me/export", user=None), 401, "unauthenticated")

"""Old generations with a canary wherever a person's words or pictures lie, and a store of real files."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from common.db import Database
from common.ids import uuid7
from common.storage import ObjectStore
from retention.deletions import Deletions
from retention.erasures import Erasures
from retention.sweeper import Sweeper
from tests.support.servers import TestDatabase
from tests.support.stores import in_folder

CANARY = "canary-7f3a"
TITLES = 5


@pytest.fixture
async def db(database: TestDatabase) -> AsyncIterator[Database]:
    pool = Database(database.url("retention"), size=10)
    await pool.open()
    yield pool
    await pool.close()


@pytest.fixture
def objects(tmp_path: Path) -> Path:
    return tmp_path / "objects"


@pytest.fixture
def store(objects: Path) -> ObjectStore:
    return in_folder(objects)


@pytest.fixture
async def user(owner: asyncpg.Connection, database: TestDatabase) -> UUID:
    return await owner.fetchval("select provision_user($1, $2, 'user_of_clerk')", uuid7(), uuid7())


@dataclass(frozen=True)
class Archive:
    """Writes generations that were asked for `days` ago."""

    owner: asyncpg.Connection
    store: ObjectStore
    user: UUID

    async def generation(
        self, *, days: float, status: str = "COMPLETED", pictures: int = 2, edited: bool = True
    ) -> UUID:
        """With titles, pictures and their backgrounds; the first picture has an edit."""
        generation_id = uuid7()
        await self.owner.execute(
            """insert into generations (id, user_id, type, status, user_prompt, requested_count, credits_charged,
                 failure_code, failure_detail, created_at, completed_at)
               values ($1, $2, 'THUMBNAIL', $3, $4, 4, 4, 'a_code', $4, now() - $5 * interval '1 day',
                 now() - $5 * interval '1 day')""",
            generation_id,
            self.user,
            status,
            f"{CANARY} prompt",
            float(days),
        )
        await self.owner.execute(
            "insert into idempotency_keys (user_id, key, request_digest, generation_id) values ($1, $2, 'x', $3)",
            self.user,
            f"{CANARY} {generation_id}",
            generation_id,
        )
        for number in range(TITLES):
            await self._artifact(generation_id, "TEXT", f"{CANARY} title {number}", {"writer": "local", "model": None})
        for position in range(pictures):
            await self._picture(generation_id, position, edited=edited and position == 0)
        return generation_id

    async def _picture(self, generation_id: UUID, position: int, *, edited: bool) -> None:
        concept_id = uuid7()
        await self.owner.execute(
            """insert into concepts (id, generation_id, position, headline, description, failure_detail, mood, palette,
                 layout, status) values ($1, $2, $3, $4, $4, $4, 'warm', array['#000000'], 'left', 'RENDERED')""",
            concept_id,
            generation_id,
            position,
            f"{CANARY} headline",
        )
        background = await self._object(f"generations/{generation_id}/{concept_id}.background")
        original = await self._image(generation_id, concept_id, background)
        if edited:
            await self._image(generation_id, concept_id, background, parent_id=original)

    async def _image(
        self, generation_id: UUID, concept_id: UUID, background: str, parent_id: UUID | None = None
    ) -> UUID:
        metadata = {
            "width": 1280,
            "height": 720,
            "bytes": 50_000,
            "format": "jpeg",
            "contrast": 7.5,
            "provider": "local",
            "model": None,
            "cost_microcents": 3,
            "provider_ms": 12,
            "background_key": background,
            "text_layer": {"text": CANARY, "lines": [{"text": CANARY}]},
            "notes": [f"{CANARY} was left out"],
        }
        key = await self._object(f"generations/{generation_id}/{uuid7()}.jpg")
        return await self._artifact(generation_id, "IMAGE", key, metadata, concept_id=concept_id, parent_id=parent_id)

    async def _artifact(
        self,
        generation_id: UUID,
        kind: str,
        content: str,
        metadata: dict[str, object],
        *,
        concept_id: UUID | None = None,
        parent_id: UUID | None = None,
    ) -> UUID:
        artifact_id = uuid7()
        await self.owner.execute(
            """insert into artifacts (id, generation_id, concept_id, parent_id, edit_digest, type, content, metadata)
               values ($1, $2, $3, $4, $5, $6, $7, $8)""",
            artifact_id,
            generation_id,
            concept_id,
            parent_id,
            b"digest" if parent_id else None,
            kind,
            content,
            json.dumps(metadata),
        )
        return artifact_id

    async def _object(self, key: str) -> str:
        await self.store.put(key, f"{CANARY} pixels".encode())
        return key


@pytest.fixture
def archive(owner: asyncpg.Connection, store: ObjectStore, user: UUID) -> Archive:
    return Archive(owner, store, user)


@pytest.fixture
def erasures(db: Database, store: ObjectStore) -> Erasures:
    return Erasures(db, Deletions(db, Sweeper(db, store)))


async def tables_with(owner: asyncpg.Connection, words: str) -> set[str]:
    """The tables in which any column of any row holds these words."""
    names = await owner.fetch("select tablename from pg_tables where schemaname = 'vision3'")
    found = set()
    for (name,) in names:
        if await owner.fetchval(f"select exists (select from {name} t where position($1 in t::text) > 0)", words):
            found.add(name)
    return found


def files(objects: Path) -> list[Path]:
    return [path for path in objects.rglob("*") if path.is_file()]


async def snapshot(owner: asyncpg.Connection) -> dict[str, list[str]]:
    """Every row of what a run may change, as text."""
    names = ("users", "generations", "concepts", "artifacts", "idempotency_keys", "credit_entries", "objects_to_delete")
    return {name: [row[0] for row in await owner.fetch(f"select t::text from {name} t order by 1")] for name in names}

"""An imager with a scripted provider, and one concept to render."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from common.db import Database
from common.events import ConceptProposed
from common.outbox import Outbox
from common.storage import ObjectStore
from imager.compose import fonts
from imager.decoding.decoder import Decoder
from imager.decoding.limits import Limits
from imager.handlers import Handlers
from imager.studio import Studio
from tests.imager.decoder_support import Make, workers
from tests.support.builders import new_user, propose, request_generation
from tests.support.providers import Scripted, alone
from tests.support.stores import in_folder


class Imager:
    """The imager's handlers with a scripted provider, and one concept to render."""

    def __init__(
        self,
        db: Database,
        owner: asyncpg.Connection,
        store: ObjectStore,
        decoder: Decoder,
        generation: UUID,
        concept: UUID,
    ) -> None:
        self.db, self.owner, self.generation, self.concept = db, owner, generation, concept
        self.store, self.decoder = store, decoder

    def handlers(self, *answers: bytes | Exception) -> Handlers:
        self.provider = Scripted(list(answers))
        return Handlers(self.db, Outbox("vision3/imager"), Studio(self.store, self.decoder, alone(self.provider)))

    async def render(self, *answers: bytes | Exception) -> None:
        event = ConceptProposed(concept_id=self.concept, generation_id=self.generation)
        await self.handlers(*answers).concept_proposed(event)

    async def state(self) -> asyncpg.Record:
        return await self.owner.fetchrow("select * from concepts where id = $1", self.concept)

    async def artifacts(self) -> list[asyncpg.Record]:
        return await self.owner.fetch("select * from artifacts where type = 'IMAGE'")

    async def events(self) -> list[str]:
        return [r["type"] for r in await self.owner.fetch("select type from outbox where source = 'vision3_imager'")]


@pytest.fixture(scope="session")
async def decoder() -> AsyncIterator[Decoder]:
    decoder = Decoder(places=2)
    yield decoder
    await decoder.aclose()


@pytest.fixture
def known() -> set[int]:
    """Children that are none of this test's."""
    return workers(os.getpid())


@pytest.fixture
async def make(known: set[int]) -> AsyncIterator[Make]:
    made: list[Decoder] = []

    def new(places: int, limits: Limits | None = None) -> Decoder:
        made.append(Decoder(places, limits))
        return made[-1]

    yield new
    for decoder in made:
        await decoder.aclose()


@pytest.fixture
async def imager(pools, owner: asyncpg.Connection, tmp_path: Path, decoder: Decoder) -> Imager:
    gateway = await pools("gateway")
    user = await new_user(gateway)
    generation = await request_generation(gateway, Outbox("test"), user)
    concept, *_ = await propose(await pools("orchestrator"), generation)
    return Imager(await pools("imager"), owner, in_folder(tmp_path / "objects"), decoder, generation, concept)


@pytest.fixture
def only_packaged_fonts(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever fonts this machine has: only those that come as packages are there."""
    cached = (fonts._system_files, fonts.system_faces, fonts.emoji_face)
    monkeypatch.setattr(fonts, "FONT_FOLDERS", ())
    for function in cached:
        function.cache_clear()
    yield
    for function in cached:
        function.cache_clear()

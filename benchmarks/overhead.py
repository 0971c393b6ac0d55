"""What we add to a call: all that an imager does for a picture but decoding and composing it."""

from __future__ import annotations

import asyncio
import statistics
import time
from pathlib import Path
from unittest import mock

import asyncpg

from benchmarks.vendor import photograph_of
from common.db import Database
from common.events import ConceptProposed
from common.outbox import Outbox
from imager.compose import compose
from imager.decoding.decoder import Decoder
from imager.handlers import Handlers
from imager.providers.registry import chained
from imager.studio import Studio
from tests.support import servers
from tests.support.builders import new_user, propose, request_generation
from tests.support.stores import in_folder
from tests.support.vendors import gemini
from tests.support.vendors.server import serving

GENERATIONS = 40
PALETTE = ("#1b1f3b", "#f4d35e", "#ee964b")


async def overhead(folder: Path) -> None:
    """One concept after the other, with a vendor that answers at once."""
    photograph = photograph_of()
    print(f"overhead: a vendor on this machine that answers at once with {len(photograph) / 1e6:.1f} MB")
    with servers.postgres_server(folder) as url:
        database = await servers.create_database(url)
        async with serving(gemini.gemini_images(photograph)) as vendor:
            settings = {"GEMINI_API_KEY": gemini.KEY, "VISION3_GEMINI_IMAGE_BASE_URL": vendor.url,
                        "VISION3_GEMINI_IMAGE_PER_MINUTE": "3000"}  # fmt: skip
            with mock.patch.dict("os.environ", settings):
                await _measure(database, folder, photograph)
        await servers.drop_database(url, database)


async def _measure(database: servers.TestDatabase, folder: Path, photograph: bytes) -> None:
    gateway, orchestrator, imager = (Database(database.url(name)) for name in ("gateway", "orchestrator", "imager"))
    for db in (gateway, orchestrator, imager):
        await db.open()
    chain, decoder = chained(("gemini",), imager, after_refusal=False), Decoder()
    handlers = Handlers(imager, Outbox("vision3/imager"), Studio(in_folder(folder / "objects"), decoder, chain))
    concepts = await _concepts(database, gateway, orchestrator)
    took = [await _timed(handlers.concept_proposed(concept)) for concept in concepts]
    alone = [await _timed(_decode_and_compose(decoder, photograph, number)) for number in range(len(concepts))]
    whole, composing = statistics.median(took[8:]), statistics.median(alone[8:])
    print(f"  a concept {whole:.1f} ms p50, of which decoding and composing {composing:.1f} ms", end="; ")
    print(f"the rest {whole - composing:.1f} ms")
    await chain.aclose()
    await decoder.aclose()
    for db in (gateway, orchestrator, imager):
        await db.close()


async def _concepts(database: servers.TestDatabase, gateway: Database, orchestrator: Database) -> list[ConceptProposed]:
    user = await new_user(gateway)
    owner = await asyncpg.connect(database.owner_url)
    await owner.execute("update vision3.users set credits_remaining = 100000")
    await owner.close()
    made = []
    for _ in range(GENERATIONS):
        generation = await request_generation(gateway, Outbox("bench"), user)
        made += [
            ConceptProposed(concept_id=concept, generation_id=generation)
            for concept in await propose(orchestrator, generation)
        ]
    return made


async def _decode_and_compose(decoder: Decoder, photograph: bytes, number: int) -> None:
    picture = await decoder.open(photograph)
    await asyncio.to_thread(compose, picture, f"Bread, Day {number}", layout="left", palette=PALETTE)


async def _timed(action: object) -> float:
    started = time.perf_counter()
    await action  # type: ignore[misc]
    return (time.perf_counter() - started) * 1000

"""One generation from the prompt to the files on disk."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from uuid import UUID

from pydantic import BaseModel

from vision3.api import Generation, GenerationType, Image
from vision3.client import ApiError, GatewayClient, Unreachable
from vision3.contact_sheet import Picture, contact_sheet
from vision3.errors import CommandError

RETRY_S = 0.5
AWAY_S = 15.0
"""How long a gateway may be away, which is more than its restart takes."""
PASSING = {HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS}
PATIENCE_S = 240.0
SHEET = "contact-sheet.jpg"
OUT = Path("out")


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for, and where the files go (None: a new folder below OUT)."""

    prompt: str
    kind: GenerationType = "THUMBNAIL"
    count: int | None = None
    out: Path | None = None


class SavedImage(BaseModel):
    """A picture on disk."""

    artifact_id: UUID
    path: Path
    headline: str


class Outcome(BaseModel):
    """The one document that `--json` prints."""

    generation_id: UUID
    status: str
    titles: list[str]
    images: list[SavedImage]
    credits_remaining: int
    timings_ms: dict[str, int]


@dataclass(slots=True)
class Timings:
    """Milliseconds from the start to each thing that happened, kept in order."""

    began: float = field(default_factory=time.monotonic)
    marks: dict[str, int] = field(default_factory=dict)

    def mark(self, name: str) -> None:
        """The first time counts."""
        self.marks.setdefault(name, round((time.monotonic() - self.began) * 1000))


async def generate(
    client: GatewayClient, order: Order, watch: Callable[[Generation], None], timings: Timings
) -> tuple[Generation, Outcome]:
    """Until the generation has ended and its files are saved. watch: shown every state that is seen."""
    accepted = await client.generate(order.prompt, order.kind, order.count)
    timings.mark("accepted")
    generation = await follow(client, accepted.generation_id, watch, timings)
    images = await save(client, order, generation)
    timings.mark("saved")
    outcome = Outcome(
        generation_id=generation.id,
        status=generation.status,
        titles=generation.titles,
        images=images,
        credits_remaining=(await client.me()).credits_remaining,
        timings_ms=timings.marks,
    )
    return generation, outcome


async def follow(
    client: GatewayClient, generation_id: UUID, watch: Callable[[Generation], None], timings: Timings
) -> Generation:
    """Until it has ended; a gateway that is away for a moment is asked again."""
    known: str | None = None
    seen_at = time.monotonic()
    give_up_at = seen_at + PATIENCE_S
    while time.monotonic() < give_up_at:
        try:
            generation, known = await client.news(generation_id, known)
        except (ApiError, Unreachable) as error:
            if not _passes(error) or time.monotonic() > seen_at + AWAY_S:
                raise
            await asyncio.sleep(RETRY_S)
            continue
        seen_at = time.monotonic()
        watch(generation)
        if generation.images:
            timings.mark("first_image")
        if generation.status != "PENDING":
            timings.mark("completed")
            return generation
    raise CommandError(f"generation {generation_id} has not ended within {PATIENCE_S:.0f} s: see ./vision3 status")


def _passes(error: ApiError | Unreachable) -> bool:
    return isinstance(error, Unreachable) or error.status in PASSING


async def save(client: GatewayClient, order: Order, generation: Generation) -> list[SavedImage]:
    """The pictures and their contact sheet. Nothing to save, no folder."""
    if not generation.images:
        return []
    files = await asyncio.gather(*(client.download(image) for image in generation.images))
    folder = order.out or OUT / f"{time.strftime('%Y%m%d-%H%M%S')}-{slug(order.prompt)}"
    folder.mkdir(parents=True, exist_ok=True)
    pictures = [Picture(data, image.headline) for data, image in zip(files, generation.images, strict=True)]
    (folder / SHEET).write_bytes(contact_sheet(order.prompt, pictures, generation.titles))
    numbered = enumerate(zip(files, generation.images, strict=True), start=1)
    return [_save_one(folder, number, data, image) for number, (data, image) in numbered]


def _save_one(folder: Path, number: int, data: bytes, image: Image) -> SavedImage:
    path = (folder / f"{number:02d}-{slug(image.headline)}.jpg").absolute()
    path.write_bytes(data)
    return SavedImage(artifact_id=image.id, path=path, headline=image.headline)


def slug(text: str) -> str:
    """Words joined by hyphens, in any script, short enough for a file's name."""
    words = "-".join(re.findall(r"\w+", text.lower()))
    return words[:40].rstrip("-") or "untitled"

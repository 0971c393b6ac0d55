"""A ZIP that is made while it is sent: one picture at a time is in memory."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from io import RawIOBase
from typing import IO, Self
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from common.keys import picture_key
from common.storage import ObjectStore
from gateway.schemas import Generation, Image, Title

FILE_MODE = 0o644 << 16


class _Pipe(RawIOBase):
    """What the archive wrote and nobody has taken yet. It can't seek, so nothing written is ever changed."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        piece = bytes(data)  # type: ignore[call-overload]  # any buffer; typeshed's name for it is private
        self._pieces.append(piece)
        return len(piece)

    def taken(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


class Archive:
    """What is added can be taken piece by piece, and is gone from memory then. Left early, it ends where it is."""

    def __init__(self) -> None:
        self._pipe = _Pipe()
        self._zip = ZipFile(self._pipe, "w")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_left: object) -> None:
        self._zip.close()

    def add(self, name: str, made_at: datetime, data: bytes | str, compression: int = ZIP_DEFLATED) -> None:
        self._zip.writestr(_entry(name, made_at, compression), data)

    def open(self, name: str, made_at: datetime) -> IO[bytes]:
        """A file that is written bit by bit; no other may be added before it is closed."""
        return self._zip.open(_entry(name, made_at, ZIP_DEFLATED), "w")

    def taken(self) -> bytes:
        return self._pipe.taken()

    def end(self) -> bytes:
        """The last piece."""
        self._zip.close()
        return self._pipe.taken()


async def stream(generation: Generation, store: ObjectStore) -> AsyncIterator[bytes]:
    """One generation."""
    with Archive() as archive:
        async for piece in add_generation(archive, generation, store):
            yield piece
        yield archive.end()


async def add_generation(
    archive: Archive, generation: Generation, store: ObjectStore, folder: str = ""
) -> AsyncIterator[bytes]:
    """Pictures, then titles.txt, then manifest.json. A picture whose object is gone is left out of all of it."""
    shown = []
    for name, image in _named(generation):
        data = await store.get(picture_key(generation.id, image.id))
        if data is not None:
            archive.add(folder + name, generation.created_at, data, ZIP_STORED)
            shown.append({"file": name, **image.model_dump(mode="json", exclude={"url", "type"})})
        yield archive.taken()
    titles = [a.text for a in generation.artifacts if isinstance(a, Title) and a.text]
    texts = {"titles.txt": "".join(f"{title}\n" for title in titles), "manifest.json": _manifest(generation, shown)}
    for name, text in texts.items():
        archive.add(folder + name, generation.created_at, text)


def _named(generation: Generation) -> list[tuple[str, Image]]:
    """thumbnail-1.jpg, and its versions with other texts as thumbnail-1-edit-1.jpg and so on."""
    positions = {concept.id: concept.position + 1 for concept in generation.concepts}
    edits: dict[UUID, int] = {}
    named = []
    for image in (a for a in generation.artifacts if isinstance(a, Image)):
        name = f"thumbnail-{positions[image.concept_id]}"
        if image.parent_id is not None:
            edits[image.concept_id] = edits.get(image.concept_id, 0) + 1
            name += f"-edit-{edits[image.concept_id]}"
        named.append((f"{name}.jpg", image))
    return named


def _manifest(generation: Generation, images: list[dict[str, object]]) -> str:
    about = generation.model_dump(mode="json", exclude={"artifacts", "concepts", "progress"})
    titles = [a.text for a in generation.artifacts if isinstance(a, Title)]
    return json.dumps(about | {"images": images, "titles": titles}, ensure_ascii=False, indent=2) + "\n"


def _entry(name: str, made_at: datetime, compression: int) -> ZipInfo:
    entry = ZipInfo(name, made_at.astimezone(UTC).timetuple()[:6])
    entry.compress_type = compression
    entry.external_attr = FILE_MODE
    return entry

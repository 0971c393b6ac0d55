"""A generation as a ZIP, made while it is sent: one picture at a time is in memory."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from io import RawIOBase
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


async def stream(generation: Generation, store: ObjectStore) -> AsyncIterator[bytes]:
    """Pictures, then titles.txt, then manifest.json. A picture whose object is gone is left out of all of it."""
    pipe, shown = _Pipe(), []
    with ZipFile(pipe, "w") as archive:
        for name, image in _named(generation):
            data = await store.get(picture_key(generation.id, image.id))
            if data is not None:
                archive.writestr(_entry(name, generation.created_at, ZIP_STORED), data)
                shown.append({"file": name, **image.model_dump(mode="json", exclude={"url", "type"})})
            yield pipe.taken()
        titles = [a.text for a in generation.artifacts if isinstance(a, Title) and a.text]
        texts = {"titles.txt": "".join(f"{title}\n" for title in titles), "manifest.json": _manifest(generation, shown)}
        for name, text in texts.items():
            archive.writestr(_entry(name, generation.created_at, ZIP_DEFLATED), text)
    yield pipe.taken()


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

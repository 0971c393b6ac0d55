"""Where things lie in the object store. A key follows from the row's id: making it again overwrites."""

from __future__ import annotations

from uuid import UUID


def background_key(generation_id: UUID, concept_id: UUID) -> str:
    """The picture without text, as its provider sent it."""
    return f"generations/{generation_id}/{concept_id}.background"


def picture_key(generation_id: UUID, artifact_id: UUID) -> str:
    return f"generations/{generation_id}/{artifact_id}.jpg"

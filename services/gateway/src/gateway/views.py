"""From rows to what clients see."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from gateway.media import MediaLinks
from gateway.queries import GenerationRow
from gateway.schemas import Generation, Image


class Views:
    """`retention`: how long a generation is kept at least."""

    def __init__(self, links: MediaLinks, retention: timedelta) -> None:
        self._links = links
        self.retention = retention

    def generation(self, row: GenerationRow) -> Generation:
        return Generation.model_validate(
            {
                "id": row.id,
                "type": row.type,
                "status": row.status,
                "prompt": row.user_prompt,
                "created_at": row.created_at,
                "completed_at": row.completed_at,
                "expires_at": row.created_at + self.retention,
                "credits_charged": row.credits_charged,
                "credits_refunded": row.refunded,
                "failure": _failure(row.failure_code, row.failure_detail),
                "progress": _progress(row),
                "concepts": [_concept(concept) for concept in row.concepts],
                "artifacts": [self._artifact(row.id, artifact) for artifact in row.artifacts],
            }
        )

    def image(self, row: Mapping[str, Any]) -> Image:
        return Image.model_validate(self._artifact(row["generation_id"], row))

    def _artifact(self, generation_id: UUID, row: Mapping[str, Any]) -> Mapping[str, Any]:
        if row["type"] == "TEXT":
            return row
        return {**row, "url": self._links.url(generation_id, UUID(str(row["id"])))}


def _concept(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, "failure": _failure(row["failure_code"], row["failure_detail"])}


def _failure(code: str | None, detail: str | None) -> dict[str, str] | None:
    return {"code": code, "detail": detail or ""} if code else None


def _progress(row: GenerationRow) -> dict[str, int]:
    """What is over is over: a generation that ended early has nothing left to wait for."""
    settled = sum(concept["status"] != "PROPOSED" for concept in row.concepts)
    return {"requested": row.requested_count, "settled": settled if row.status == "PENDING" else row.requested_count}

"""From rows to what clients see."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from gateway.media import MediaLinks
from gateway.queries import GenerationRow
from gateway.schemas import Concept, Failure, Generation, Image, Progress, Title


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
                "artifacts": [self.artifact(artifact) for artifact in row.artifacts],
            }
        )

    def artifact(self, row: Mapping[str, Any]) -> Image | Title:
        return Title.model_validate(row) if row["type"] == "TEXT" else self.image(row)

    def image(self, row: Mapping[str, Any]) -> Image:
        url = self._links.url(UUID(str(row["generation_id"])), UUID(str(row["id"])))
        return Image.model_validate({**row, "url": url})


def _concept(row: Mapping[str, Any]) -> Concept:
    return Concept.model_validate({**row, "failure": _failure(row["failure_code"], row["failure_detail"])})


def _failure(code: str | None, detail: str | None) -> Failure | None:
    return Failure(code=code, detail=detail or "") if code else None


def _progress(row: GenerationRow) -> Progress:
    """What is over is over: a generation that ended early has nothing left to wait for."""
    settled = sum(concept["status"] != "PROPOSED" for concept in row.concepts)
    return Progress(requested=row.requested_count, settled=settled if row.status == "PENDING" else row.requested_count)

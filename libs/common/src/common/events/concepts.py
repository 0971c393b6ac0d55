"""A concept's life: proposed, then rendered or failed."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from common.events.envelope import EventData


class ConceptProposed(EventData):
    """Work: an imager makes the picture."""

    TYPE: ClassVar[str] = "concept.proposed.v1"

    concept_id: UUID
    generation_id: UUID


class ConceptRendered(EventData):
    """Work for the orchestrator (settle when all are done), and a hint for whoever watches."""

    TYPE: ClassVar[str] = "concept.rendered.v1"

    concept_id: UUID
    generation_id: UUID
    artifact_id: UUID


class ConceptFailed(EventData):
    """Work for the orchestrator: this picture will not come."""

    TYPE: ClassVar[str] = "concept.failed.v1"

    concept_id: UUID
    generation_id: UUID
    code: str

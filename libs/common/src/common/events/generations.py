"""A generation's life: asked for, and ended one way or the other."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from common.events.envelope import EventData


class GenerationRequested(EventData):
    """Work: the gateway accepted a generation. Its orchestrator writes the concepts."""

    TYPE: ClassVar[str] = "generation.requested.v1"

    generation_id: UUID


class GenerationCompleted(EventData):
    """Fact: settled with at least something delivered."""

    TYPE: ClassVar[str] = "generation.completed.v1"

    generation_id: UUID
    user_id: UUID | None


class GenerationFailed(EventData):
    """Fact: settled with no picture; every credit went back."""

    TYPE: ClassVar[str] = "generation.failed.v1"

    generation_id: UUID
    user_id: UUID | None
    code: str

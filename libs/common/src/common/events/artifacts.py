"""What happens to an artifact after its generation."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from common.events.envelope import EventData


class ArtifactEdited(EventData):
    """Fact: a new version of a picture exists beside its parent."""

    TYPE: ClassVar[str] = "artifact.edited.v1"

    artifact_id: UUID
    parent_id: UUID
    generation_id: UUID

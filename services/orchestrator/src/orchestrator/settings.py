"""The orchestrator's environment."""

from __future__ import annotations

from pydantic import Field, field_validator

from common.settings import ServiceSettings
from orchestrator.concepts.registry import WRITERS


class Settings(ServiceSettings):
    concept_writer: str = "local"
    deadline_s: int = Field(default=170, ge=10, le=170, description="a generation ends so long after it was accepted")
    orchestrator_concurrency: int = Field(default=8, ge=1, le=256)

    @field_validator("concept_writer")
    @classmethod
    def _is_known(cls, name: str) -> str:
        if name not in WRITERS:
            raise ValueError(f"no such concept writer; there are: {', '.join(sorted(WRITERS))}")
        return name

"""The orchestrator's environment."""

from __future__ import annotations

import os

from pydantic import Field, field_validator

from common.settings import ServiceSettings
from orchestrator.concepts.registry import WRITERS


def _with_a_key() -> str:
    """A key in the environment chooses its vendor, unless the setting names another writer."""
    return "gemini" if os.environ.get("GEMINI_API_KEY") else "local"


class Settings(ServiceSettings):
    concept_writer: str = Field(default_factory=_with_a_key)
    deadline_s: int = Field(default=170, ge=10, le=170, description="a generation ends so long after it was accepted")
    orchestrator_concurrency: int = Field(default=8, ge=1, le=256)

    @field_validator("concept_writer")
    @classmethod
    def _is_known(cls, name: str) -> str:
        if name not in WRITERS:
            raise ValueError(f"no such concept writer; there are: {', '.join(sorted(WRITERS))}")
        return name

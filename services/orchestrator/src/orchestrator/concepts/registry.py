"""The concept writers by name. A new one is one file and one line here."""

from __future__ import annotations

from collections.abc import Callable

from common.db import Database
from orchestrator.concepts.base import ConceptWriter
from orchestrator.concepts.gemini import GeminiModel
from orchestrator.concepts.local import NAME as LOCAL
from orchestrator.concepts.local import LocalWriter
from orchestrator.concepts.model_writer import ModelWriter

WRITERS: dict[str, Callable[[Database], ConceptWriter]] = {
    LOCAL: lambda _db: LocalWriter(),
    GeminiModel.NAME: lambda db: ModelWriter.of(GeminiModel, db),
}

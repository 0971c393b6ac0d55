"""The concept writers by name. A new one is one file and one line here."""

from __future__ import annotations

from collections.abc import Callable

from orchestrator.concepts.base import ConceptWriter
from orchestrator.concepts.local import NAME as LOCAL
from orchestrator.concepts.local import LocalWriter

WRITERS: dict[str, Callable[[], ConceptWriter]] = {LOCAL: LocalWriter}

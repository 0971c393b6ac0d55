"""What is forgotten, and when. Data only: whoever may not read code should be able to check this page.

Whatever is not named here stays: type, status, counts, durations and costs, none of which says who asked or for what.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Policy:
    """How a settled generation is anonymized, `days` after it was made.

    emptied: table -> columns. An image's stored objects (the picture, and the background without its text) are
    deleted, and of an artifact's metadata only `metadata_kept` stays.
    """

    name: str
    days: int
    emptied: Mapping[str, tuple[str, ...]]
    metadata_kept: tuple[str, ...]


GENERATIONS = Policy(
    name="generations",
    days=30,
    emptied={
        "generations": ("user_id", "user_prompt", "failure_detail"),
        "concepts": ("headline", "description", "failure_detail"),
        "artifacts": ("content",),
    },
    metadata_kept=(
        "width",
        "height",
        "bytes",
        "format",
        "contrast",
        "writer",
        "provider",
        "provider_ms",
        "model",
        "cost",
        "cost_microcents",
    ),
)

"""What opening one picture may cost."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """An honest picture of 20 million pixels takes a second, and as WEBP with alpha and a profile 600 MB."""

    wall_s: float = 10.0
    memory_bytes: int = 640 * 1024 * 1024
    """Of a child's data in all, Python's own included."""

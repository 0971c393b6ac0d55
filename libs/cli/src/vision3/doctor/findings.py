"""What a check finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "off", "warning", "wrong"]
"""off: not configured, which may be meant. wrong: something will fail."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, and what is the matter, with the variable to set or the command to run."""

    level: Level
    what: str
    says: str = ""


def ok(what: str, says: str = "") -> Finding:
    return Finding("ok", what, says)


def off(what: str, says: str) -> Finding:
    return Finding("off", what, says)


def warning(what: str, says: str) -> Finding:
    return Finding("warning", what, says)


def wrong(what: str, says: str) -> Finding:
    return Finding("wrong", what, says)

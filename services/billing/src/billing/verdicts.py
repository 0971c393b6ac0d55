"""What can become of an event."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["applied", "ignored", "unmatched", "refused", "failed", "again_later", "waits"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of an event, and why: for the row and the log, without a word of the payload.

    `waits_for` names what has to be known first. The event is due again as soon as it is, even when it was given up as
    unmatched before.
    """

    outcome: Outcome
    reason: str | None = None
    waits_for: str | None = None


def waits(for_what: str) -> Verdict:
    return Verdict("waits", f"{for_what} is not known yet", for_what)

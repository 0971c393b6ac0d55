"""What is forgotten, and when. Data only: whoever may not read code should be able to check this page.

Whatever is not named here stays: type, status, counts, durations and costs, none of which says who asked or for what.
Not here: events wait in the bus for an hour at the most, dead letters for thirty days (the streams' own limits), and an
edit goes with its generation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

How = Literal["null", "redact", "delete", "unlink"]
"""null: the columns are emptied. redact: of a document, only the names in `keeps` stay. delete: the row goes.
unlink: the row stays, and says no more what it was for."""


@dataclass(frozen=True, slots=True)
class Forget:
    """What becomes of a table's rows; `columns`: which of theirs it is about."""

    table: str
    how: How
    columns: tuple[str, ...] = ()
    keeps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """`days` after the time in `age`, a row of `table` is forgotten, and so is what belongs to it.

    objects: its stored objects are deleted (a generation's pictures, and their backgrounds without text).
    """

    name: str
    table: str
    key: tuple[str, ...]
    age: str
    days: int
    forgets: tuple[Forget, ...]
    objects: bool = False


GENERATIONS = Policy(
    name="generations",  # settled ones; a pending one waits for its end
    table="generations",
    key=("id",),
    age="created_at",
    days=30,
    objects=True,
    forgets=(
        Forget(
            "artifacts",
            "redact",
            ("metadata",),
            keeps=(
                "width",
                "height",
                "bytes",
                "format",
                "contrast",
                "writer",
                "provider",
                "provider_ms",
                "tries",
                "attempts",
                "calls",
                "model",
                "cost",
                "cost_microcents",
            ),
        ),
        Forget("idempotency_keys", "delete"),
        Forget("artifacts", "null", ("content",)),
        Forget("concepts", "null", ("headline", "description", "failure_detail")),
        Forget("generations", "null", ("user_id", "user_prompt", "failure_detail")),
        Forget("credit_entries", "unlink", ("generation_id", "reference")),
    ),
)

OTHERS = (
    Policy(
        name="idempotency keys",
        table="idempotency_keys",
        key=("user_id", "key"),
        age="created_at",
        days=7,
        forgets=(Forget("idempotency_keys", "delete"),),
    ),
    Policy(
        name="webhook payloads",  # those that were worked on: names, addresses, links
        table="webhook_events",
        key=("id",),
        age="processed_at",
        days=30,
        forgets=(Forget("webhook_events", "null", ("body",)),),
    ),
    Policy(
        name="outbox leftovers",  # events that no service sends any more
        table="outbox",
        key=("id",),
        age="created_at",
        days=30,
        forgets=(Forget("outbox", "delete"),),
    ),
)
"""Of one table each."""

POLICIES = (GENERATIONS, *OTHERS)

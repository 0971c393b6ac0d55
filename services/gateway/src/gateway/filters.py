"""Which of their generations somebody wants listed. The cursor of one choice is no cursor of another."""

from __future__ import annotations

import json
from dataclasses import astuple, dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import Depends, Query

from gateway.paging import LIMIT, Limit, PageOf
from gateway.parts import Gateway
from gateway.queries import Selection
from gateway.schemas import GenerationType, Status
from gateway.text import person_text

SEARCH_LONGEST = 100
WORDS = f"words that all stand in the prompt; at most {SEARCH_LONGEST} characters"
EXPIRING = "those that may be removed within so many days"


async def _selection(
    gateway: Gateway,
    type: GenerationType | None = None,  # noqa: A002  # the name that clients know
    status: Status | None = None,
    expires_within_days: Annotated[int | None, Query(ge=1, le=365, description=EXPIRING)] = None,
    q: Annotated[
        Annotated[str, person_text(SEARCH_LONGEST)] | None,
        Query(description=WORDS, json_schema_extra={"minLength": 1, "maxLength": SEARCH_LONGEST}),
    ] = None,
) -> Selection:
    expiring = None if expires_within_days is None else gateway.views.retention - timedelta(days=expires_within_days)
    return Selection(type, status, expiring, tuple((q or "").split()))


@dataclass(frozen=True, slots=True)
class Listing:
    """What to list, and which page of it."""

    wanted: Selection
    page: PageOf


async def _listing(
    gateway: Gateway,
    wanted: Annotated[Selection, Depends(_selection)],
    limit: Limit = LIMIT,
    cursor: str | None = None,
) -> Listing:
    name = f"generations:{json.dumps(astuple(wanted), default=str)}"
    return Listing(wanted, PageOf.read(name, limit, cursor, gateway.cursors))


WantedListing = Annotated[Listing, Depends(_listing)]

"""Pages of a list: `?limit=&cursor=`, newest first."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Protocol, TypeVar
from uuid import UUID

from fastapi import Query

from gateway.cursors import Cursors
from gateway.parts import Gateway
from gateway.schemas import Page

LIMIT, LIMIT_MOST = 20, 100
Limit = Annotated[int, Query(ge=1, le=LIMIT_MOST)]


class Listed(Protocol):
    """What stands in a list: pages go on after an id."""

    id: UUID


L = TypeVar("L", bound=Listed)


@dataclass(frozen=True, slots=True)
class PageOf:
    """One page that is asked for. Ask the database for `limit + 1`: the extra item tells whether more follow."""

    name: str
    limit: int
    below: UUID
    cursors: Cursors

    @classmethod
    def read(cls, name: str, limit: int, cursor: str | None, cursors: Cursors) -> PageOf:
        """Raises the 422 for a cursor that is not the list's."""
        return cls(name, limit, cursors.read(name, cursor), cursors)

    def of(self, items: list[L]) -> Page[L]:
        shown = items[: self.limit]
        more = len(items) > self.limit
        return Page(items=shown, next_cursor=self.cursors.make(self.name, shown[-1].id) if more else None)


def paged(name: str) -> Callable[..., Awaitable[PageOf]]:
    """A dependency that reads the page of the list `name` from the query."""

    async def read(gateway: Gateway, limit: Limit = LIMIT, cursor: str | None = None) -> PageOf:
        return PageOf.read(name, limit, cursor, gateway.cursors)

    return read

"""Cursors of lists: the last id of a page, sealed. They say where to go on and grant nothing."""

from __future__ import annotations

from uuid import UUID

from common.problems import invalid
from gateway.signing import Signer

ABOVE_ALL = UUID(int=2**128 - 1)


class Cursors:
    """A cursor belongs to one list: another list's is as wrong as a made-up one."""

    def __init__(self, signer: Signer) -> None:
        self._signer = signer

    def make(self, of: str, last: UUID) -> str:
        return self._signer.seal(f"cursor:{of}", last.bytes)

    def read(self, of: str, cursor: str | None) -> UUID:
        """The id below which the page begins. Raises the 422 for a cursor that is not this list's."""
        if cursor is None:
            return ABOVE_ALL
        last = self._signer.open(f"cursor:{of}", cursor)
        if last is None or len(last) != 16:
            raise invalid("cursor", "invalid_cursor", "not a cursor of this list")
        return UUID(bytes=last)

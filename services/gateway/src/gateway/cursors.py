"""Cursors of lists: the last id of a page, sealed. They say where to go on and grant nothing."""

from __future__ import annotations

from uuid import UUID

from gateway.problems import invalid
from gateway.signing import Signer


class Cursors:
    """A cursor belongs to one list: another list's is as wrong as a made-up one."""

    def __init__(self, signer: Signer) -> None:
        self._signer = signer

    def make(self, of: str, last: UUID) -> str:
        return self._signer.seal(f"cursor:{of}", last.bytes)

    def read(self, of: str, cursor: str | None) -> UUID | None:
        """The id to go on after; None for the first page. Raises the 422 for a cursor that is not ours."""
        if cursor is None:
            return None
        last = self._signer.open(f"cursor:{of}", cursor)
        if last is None or len(last) != 16:
            raise invalid("cursor", "invalid_cursor", "not a cursor of this list")
        return UUID(bytes=last)

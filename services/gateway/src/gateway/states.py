"""What can be followed, as it is now: read from Postgres, rendered once, and named by its content."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from uuid import UUID

from pydantic import BaseModel

from common.db import Database
from common.problems import not_found
from gateway import queries
from gateway.auth import unauthenticated
from gateway.schemas import MeNow
from gateway.views import Views


def is_known(etag: str, if_none_match: str | None) -> bool:
    """By weak comparison, as RFC 9110 has it."""
    known = {tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",")}
    return "*" in known or etag.removeprefix("W/") in known


@dataclass(frozen=True, slots=True)
class State:
    """`etag` follows from the body: from status, progress, artifacts, the end of their addresses, and all else shown.

    `settled`: the generation has ended, so that nobody waits for more.
    """

    body: bytes
    etag: str
    settled: bool

    @classmethod
    def of(cls, model: BaseModel, *, settled: bool) -> State:
        body = model.model_dump_json().encode()
        digest = base64.urlsafe_b64encode(hashlib.sha256(body).digest()[:12]).decode()
        return cls(body, f'W/"{digest}"', settled)

    def is_known(self, if_none_match: str | None) -> bool:
        return is_known(self.etag, if_none_match)


class States:
    """Reads for one user, in a transaction that ends before anybody waits."""

    def __init__(self, db: Database, views: Views) -> None:
        self._db = db
        self._views = views

    async def generation(self, user_id: UUID, generation_id: UUID) -> State:
        """Raises the 404 for what isn't that user's."""
        row = await queries.generation(self._db, user_id, generation_id)
        if row is None:
            raise not_found()
        return State.of(self._views.generation(row), settled=row.status != "PENDING")

    async def me(self, user_id: UUID) -> State:
        """Never settled: credits change at any time."""
        async with self._db.tx_as(user_id) as tx:
            me = await queries.me(tx)
            finished = await queries.finished_generations(tx)
        if me is None:
            raise unauthenticated()
        return State.of(MeNow.model_validate({**me, "finished": finished}), settled=False)

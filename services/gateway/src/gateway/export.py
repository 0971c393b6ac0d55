"""Everything that is held on a user, as a ZIP: read page by page, with no connection held while the client reads."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from pydantic import BaseModel

from common.db import Database
from common.storage import ObjectStore
from gateway import archive, queries
from gateway.archive import Archive
from gateway.cursors import ABOVE_ALL
from gateway.queries import Selection
from gateway.schemas import CreditEntry, Me, Subscription
from gateway.views import Views

GENERATIONS_AT_ONCE = 20
ENTRIES_AT_ONCE = 500

READ_ME = """What Vision3 holds on you, as of {now}. Times are UTC.

account.json        your id, e-mail address, tier and credits
subscriptions.json  your plans at LemonSqueezy: tier, status, when they renew or end
credits.json        every change of your credits, the newest first; the amounts add up to the balance
generations/        a folder each: the pictures, titles.txt, and manifest.json with your prompt and all that is known

What LemonSqueezy tells us of a payment is kept for thirty days; what follows from it is in the files above.
Of generations that are older than our retention time nothing is left that says they were yours.
"""


@dataclass(frozen=True, slots=True)
class Export:
    db: Database
    store: ObjectStore
    views: Views
    user_id: UUID

    async def stream(self) -> AsyncIterator[bytes]:
        """The account's files, then each generation's."""
        now = datetime.now(UTC)
        with Archive() as made:
            made.add("README.txt", now, READ_ME.format(now=f"{now:%Y-%m-%d %H:%M}"))
            for part in (self._account(made, now), self._credits(made, now), self._generations(made)):
                async for piece in part:
                    yield piece
            yield made.end()

    async def _account(self, made: Archive, now: datetime) -> AsyncIterator[bytes]:
        async with self.db.tx_as(self.user_id) as tx:
            me, plans = await queries.me(tx), await queries.subscriptions(tx)
        made.add("account.json", now, _json(Me.model_validate(me)))
        made.add("subscriptions.json", now, _json(*map(Subscription.model_validate, plans), many=True))
        yield made.taken()

    async def _credits(self, made: Archive, now: datetime) -> AsyncIterator[bytes]:
        below, separator = ABOVE_ALL, b""
        with made.open("credits.json", now) as file:
            file.write(b"[")
            while True:
                async with self.db.tx_as(self.user_id) as tx:
                    entries = await queries.credit_entries(tx, below, ENTRIES_AT_ONCE)
                for entry in entries:
                    file.write(separator + b"\n " + CreditEntry.model_validate(entry).model_dump_json().encode())
                    separator = b","
                yield made.taken()
                if len(entries) < ENTRIES_AT_ONCE:
                    break
                below = entries[-1]["id"]
            file.write(b"\n]\n")

    async def _generations(self, made: Archive) -> AsyncIterator[bytes]:
        below = ABOVE_ALL
        while True:
            async with self.db.tx_as(self.user_id) as tx:
                rows = await queries.generations(tx, Selection(), below, GENERATIONS_AT_ONCE)
            for row in rows:
                folder = f"generations/{row.created_at:%Y-%m-%d}-{row.id}/"
                async for piece in archive.add_generation(made, self.views.generation(row), self.store, folder):
                    yield piece
            if len(rows) < GENERATIONS_AT_ONCE:
                return
            below = rows[-1].id


def _json(*models: BaseModel, many: bool = False) -> str:
    shown = [model.model_dump(mode="json") for model in models]
    return json.dumps(shown if many else shown[0], ensure_ascii=False, indent=2) + "\n"

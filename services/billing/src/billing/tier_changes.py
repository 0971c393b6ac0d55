"""A user's tier follows from all of their subscriptions: derived after each change of one, and when time ends it.

Neither touches credits.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import structlog

from billing import queries
from billing.tiers import standing
from common.db import Database, Tx
from common.events import CreditsChanged
from common.outbox import Outbox

log = structlog.get_logger()

LAPSES_EVERY_S = 60.0


async def derive(tx: Tx, outbox: Outbox, user_id: UUID, grace: timedelta) -> None:
    """Belongs into the transaction that changed a subscription or its payments."""
    before = await queries.hold_standing(tx, user_id)
    after = standing(await queries.subscriptions_of(tx, user_id), await queries.now(tx), grace)
    if after != before:
        await queries.set_standing(tx, user_id, after)
    if after.tier != before.tier:
        await outbox.add(tx, CreditsChanged(user_id=user_id))


async def end_lapsed(db: Database, outbox: Outbox, grace: timedelta) -> None:
    """Derives every tier that time alone has ended, each in its own transaction."""
    while await _end_next(db, outbox, grace):
        pass


async def _end_next(db: Database, outbox: Outbox, grace: timedelta) -> bool:
    async with db.tx() as tx:
        user_id = await queries.whose_tier_ended(tx)
        if user_id is None:
            return False
        await derive(tx, outbox, user_id, grace)
    log.info("tier.lapsed", user_id=str(user_id))
    return True

"""Users with credits enough, of a whole running system."""

from __future__ import annotations

from uuid import uuid4

import asyncpg

from tests.support.whole_system import WholeSystem
from vision3.client import GatewayClient

ADJUST = "select vision3.append_entry($3, $1, $2, 'adjustment', 'test:' || $3::uuid, null, null)"


async def with_credits(system: WholeSystem, user: str, amount: int) -> GatewayClient:
    """A client of that user, who has so many credits more, and the ledger says so."""
    client = system.as_user(user)
    user_id = (await client.me()).id
    owner = await asyncpg.connect(system.state.database_url)
    try:
        await owner.execute(ADJUST, user_id, amount, uuid4())
    finally:
        await owner.close()
    return client

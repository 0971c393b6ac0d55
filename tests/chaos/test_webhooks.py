"""A thousand webhooks, doubled and shuffled, while billing is killed with -9 thirty times: each has its effect once."""

from __future__ import annotations

import random
from pathlib import Path

import asyncpg
import pytest

from billing.handlers.registry import HANDLERS
from tests.support.builders import sign_up
from tests.support.lemonsqueezy.delivery import disturbed
from tests.support.lemonsqueezy.history import BusyTime, expected
from tests.support.lemonsqueezy.payloads import to_bytes
from tests.support.processes import until
from tests.support.servers import TestDatabase
from tests.support.storm import kept_billing, storm
from vision3.audit import audit

EVENTS, USERS, KILLS = 1000, 100, 30
SEED = 20260301

LEFT = "select count(*) from webhook_events where processed_at is null"
ACCOUNTS = "select id, subscription_tier as tier, credits_remaining as balance from users"
UNSETTLED = "select event_name, outcome, error from webhook_events where outcome not in ('applied', 'ignored')"


@pytest.mark.chaos
@pytest.mark.timeout(180)
async def test_each_webhook_has_its_effect_once(
    database: TestDatabase, nats_url: str, owner: asyncpg.Connection, tmp_path: Path
):
    users = await sign_up(owner, USERS)
    time = BusyTime(users, random.Random(SEED))
    time.go_on(EVENTS)
    assert {event["meta"]["event_name"] for event in time.told} >= HANDLERS.keys()
    arriving = disturbed(time.told, SEED, copies=(1, 4))
    async with kept_billing(tmp_path, database.url("billing"), nats_url) as billing:
        await storm(billing, arriving, kills=KILLS, seed=SEED)

        async def worked_off() -> bool:
            return await owner.fetchval(LEFT) == 0

        await until(worked_off, "all events to be worked on", seconds=60)

    assert await owner.fetchval("select count(*) from webhook_events") == len({to_bytes(event) for event in arriving})
    assert await owner.fetch(UNSETTLED) == []
    found = {row["id"]: (row["tier"], row["balance"]) for row in await owner.fetch(ACCOUNTS)}
    assert found == expected(time.shop, users)
    assert (await audit(owner)).differences == []

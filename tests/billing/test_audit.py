"""What the figure of the ledger says, and which of several replicas says it."""

from __future__ import annotations

import math
from uuid import UUID

import asyncpg
import pytest
from prometheus_client import REGISTRY

from billing.audit import LEASE, Auditor
from common.db import Database, Unavailable
from tests.billing.conftest import billing_process
from tests.support.processes import until
from tests.support.servers import TestDatabase

CHANGE = "update users set credits_remaining = 21 where id = $1"


def differences() -> float:
    value = REGISTRY.get_sample_value("vision3_ledger_differences")
    assert value is not None
    return value


async def test_whose_balance_is_not_the_sum_is_counted(db: Database, owner: asyncpg.Connection, buyer: UUID):
    auditor = Auditor(db)
    await auditor.look()
    assert differences() == 0
    await owner.execute(CHANGE, buyer)
    await owner.execute("insert into users (id, clerk_id, credits_remaining) values (gen_random_uuid(), 'rich', 7)")
    await owner.execute("insert into users (id, clerk_id) values (gen_random_uuid(), 'poor')")
    await auditor.look()
    assert differences() == 2


async def test_a_replica_whose_turn_it_is_not_keeps_no_old_figure(db: Database, owner: asyncpg.Connection, buyer: UUID):
    first, second = Auditor(db), Auditor(db)
    await first.look()
    await second.look()
    assert math.isnan(differences())
    await owner.execute("update leases set until = now() - interval '1 s' where name = $1", LEASE)
    await second.look()
    assert differences() == 0
    await first.look()
    assert math.isnan(differences())


async def test_a_figure_that_could_not_be_read_is_none():
    db = Database("postgresql://a:b@127.0.0.1:1/none", budget_s=2)
    await db.open()
    with pytest.raises(Unavailable):
        await Auditor(db).look()
    assert math.isnan(differences())


async def test_the_process_looks_by_itself(
    database: TestDatabase, owner: asyncpg.Connection, buyer: UUID, nats_url: str
):
    await owner.execute(CHANGE, buyer)
    async with billing_process(database.url("billing"), nats_url) as client:

        async def told() -> bool:
            return "vision3_ledger_differences 1.0" in (await client.get("/metrics")).text

        await until(told, "the figure")

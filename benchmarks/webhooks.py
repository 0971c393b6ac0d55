"""Measures billing's webhooks: `.venv/bin/python -m benchmarks.webhooks`. About a minute and a half.

1,000 events of 100 users, of all kinds, each sent once to four times in any order: in peace, and while billing is
killed with -9 thirty times and started again. The times are of the answers that were 200, as the sender sees them.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from pathlib import Path

import asyncpg

from tests.support import servers
from tests.support.builders import sign_up
from tests.support.lemonsqueezy.delivery import Sender, disturbed
from tests.support.lemonsqueezy.history import BusyTime, expected
from tests.support.storm import kept_billing, storm

EVENTS, USERS, KILLS = 1000, 100, 30
SEED = 1

LEFT = "select count(*) from vision3.webhook_events where processed_at is null"
ACCOUNTS = "select id, subscription_tier, credits_remaining from vision3.users"


async def worked_off(owner: asyncpg.Connection) -> float:
    """Seconds until nothing was left to do."""
    started = time.perf_counter()
    while await owner.fetchval(LEFT):
        await asyncio.sleep(0.05)
    return time.perf_counter() - started


def times(sender: Sender) -> str:
    ms = sorted(delivery.seconds * 1000 for delivery in sender.done if delivery.taken)
    p50, p99 = (ms[int(len(ms) * share)] for share in (0.5, 0.99))
    return f"{len(ms)} answers of 200: p50 {p50:.1f} ms, p99 {p99:.0f} ms, the longest {ms[-1]:.0f} ms"


async def measure(name: str, postgres_url: str, nats_url: str, folder: Path, kills: int) -> None:
    database = await servers.create_database(postgres_url)
    owner = await asyncpg.connect(database.owner_url)
    users = await sign_up(owner, USERS)
    busy = BusyTime(users, random.Random(SEED))
    busy.go_on(EVENTS)
    arriving = disturbed(busy.told, SEED, copies=(1, 4))
    async with kept_billing(folder, database.url("billing"), nats_url) as billing:
        started = time.perf_counter()
        sender = await storm(billing, arriving, kills=kills, seed=SEED)
        seconds, after = time.perf_counter() - started, await worked_off(owner)
    dropped = sum(not delivery.taken for delivery in sender.done)
    found = {row["id"]: (row["subscription_tier"], row["credits_remaining"]) for row in await owner.fetch(ACCOUNTS)}
    wrong = sum(found[user] != account for user, account in expected(busy.shop, users).items())
    print(f"{name}: {times(sender)}; {len(arriving)} sent in {seconds:.0f} s, worked off {after:.1f} s later")
    print(
        f"  {dropped} were dropped after four tries and sent again; {wrong} of {USERS} accounts differ from the model"
    )
    await owner.close()


async def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with servers.postgres_server(folder) as postgres_url, servers.nats_server(folder) as nats_url:
            await measure("in peace", postgres_url, nats_url, folder, 0)
            await measure(f"killed {KILLS} times", postgres_url, nats_url, folder, KILLS)


if __name__ == "__main__":
    asyncio.run(main())

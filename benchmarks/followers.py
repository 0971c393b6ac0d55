"""Measures 2,000 followers by SSE on one gateway: `.venv/bin/python -m benchmarks.followers`. About two minutes.

What is measured is the way from each hint on the bus to its follower; looks at Postgres for all followers go on beside.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg
import nats
from nats.aio.client import Client

from benchmarks.followed import Followed, live_through, note_ends, seeded
from benchmarks.harness import cpu_s, pss_mb, timed_ms
from tests.support.whole_system import WholeSystem, whole_system
from vision3.client import GatewayClient

FOLLOWERS, USERS = 2000, 200
SETTLED_PER_S, SECONDS = 20, 30
CONNECTING_AT_ONCE = 20
WARM_UP = 100


class Crowd:
    """Followers that read their streams and come again when one ends before its generation."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._address = str(parts.hostname), parts.port or 80
        self._doors = asyncio.Semaphore(CONNECTING_AT_ONCE)
        self.following = 0
        self.came_again = 0

    async def follow(self, one: Followed) -> None:
        while not one.has_ended:
            await self._read(one)
            self.came_again += not one.has_ended

    async def _read(self, one: Followed) -> None:
        async with self._doors:
            reader, writer = await asyncio.open_connection(*self._address)
            lines = (f"GET /api/generations/{one.id}/events HTTP/1.1", "Host: x", f"Authorization: Bearer {one.mint()}")
            writer.write("\r\n".join([*lines, "", ""]).encode())
            note(one, await _data(reader))
        self.following += 1
        while data := await _data(reader):
            note(one, data)
        self.following -= 1
        writer.close()


def note(one: Followed, data: bytes) -> None:
    state = json.loads(data)
    step = state["progress"]["settled"] + (state["status"] != "PENDING")
    one.seen_at += [time.perf_counter()] * (step - len(one.seen_at))


async def _data(reader: asyncio.StreamReader) -> bytes:
    """The next event's data; nothing at the end."""
    while line := await reader.readline():
        if line.startswith(b"data: "):
            return line[6:]
    return b""


async def live_all(some: list[Followed], owner: asyncpg.Pool, bus: Client) -> None:
    async with asyncio.TaskGroup() as lives:
        for one in some:
            lives.create_task(live_through(one, owner, bus))
            await asyncio.sleep(1 / SETTLED_PER_S)


async def ask_status(client: GatewayClient, generation: UUID, seconds: float) -> list[float]:
    took, until = [], time.monotonic() + seconds
    while time.monotonic() < until:
        took.append(await timed_ms(client.generation(generation)))
        await asyncio.sleep(0.05)
    return took


async def until_following(crowd: Crowd, count: int) -> None:
    async with asyncio.timeout(120):
        while crowd.following < count:
            await asyncio.sleep(0.1)


@asynccontextmanager
async def following(crowd: Crowd, some: list[Followed]) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(crowd.follow(one)) for one in some]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def percentiles(values: list[float]) -> str:
    ordered = sorted(values)
    at = [ordered[min(len(ordered) - 1, int(len(ordered) * share))] for share in (0.5, 0.95, 0.99)]
    return "p50 {:.0f} ms, p95 {:.0f} ms, p99 {:.0f} ms".format(*at)


async def measure(system: WholeSystem, owner: asyncpg.Pool, bus: Client) -> None:
    gateway = system.pid("gateway")
    assert gateway is not None
    everyone = await seeded(system, owner, FOLLOWERS, USERS)
    await note_ends(bus, everyone)
    crowd = Crowd(system.state.gateway_url)
    async with system.as_user("follower-0") as client:
        print("status alone:", percentiles(await ask_status(client, everyone[0].id, 3)))
        async with following(crowd, everyone[:WARM_UP]):
            await until_following(crowd, WARM_UP)
            before = pss_mb([gateway])
            async with following(crowd, everyone[WARM_UP:]):
                await until_following(crowd, FOLLOWERS)
                each_kb = (pss_mb([gateway]) - before) * 1024 / (FOLLOWERS - WARM_UP)
                print(f"{crowd.following} followers: {each_kb:.1f} kB each")
                used = cpu_s([gateway])
                print("status, followed in silence:", percentiles(await ask_status(client, everyone[0].id, 10)))
                print(f"gateway, followed in silence: {(cpu_s([gateway]) - used) / 10:.0%} of a core")
                ending = everyone[-SETTLED_PER_S * SECONDS :]
                asking = asyncio.create_task(ask_status(client, everyone[0].id, SECONDS))
                await live_all(ending, owner, bus)
                await asyncio.sleep(1)
                print(f"status at {SETTLED_PER_S} settlements a second:", percentiles(await asking))
                told = sum(one.has_ended for one in ending)
                latencies_ms = [ms for one in ending for ms in one.latencies_ms]
                print(f"{len(latencies_ms)} hints to followers: {percentiles(latencies_ms)}")
                print(f"{told} of {len(ending)} told of the end; {crowd.came_again} came again after 60 s")


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder, whole_system(Path(folder) / "data", imagers=1) as system:
        bus = await nats.connect(system.state.nats_url)
        async with asyncpg.create_pool(system.state.database_url, min_size=1, max_size=4) as owner:
            await measure(system, owner, bus)
        await bus.close()


if __name__ == "__main__":
    asyncio.run(main())

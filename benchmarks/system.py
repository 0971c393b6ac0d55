"""Measures the whole system on this machine: `.venv/bin/python -m benchmarks.system`. About two minutes."""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from pathlib import Path

from benchmarks.harness import clients, cpu_s, fixed_imagers, pss_mb, summary, timed_ms, until_settled
from tests.support.whole_system import WholeSystem, whole_system
from vision3.client import GatewayClient

RUNS = 30
CLIENTS, PER_CLIENT = 32, 6
IDLE_S = 20


async def idle_cost(system: WholeSystem) -> None:
    document = json.loads((system.folder / "vision3.json").read_text())
    pids = [process["pid"] for process in document["processes"]]
    before = cpu_s(pids)
    await asyncio.sleep(IDLE_S)
    print(f"idle: {pss_mb(pids):.0f} MB PSS, {(cpu_s(pids) - before) / IDLE_S:.1%} of one core")
    for process in document["processes"]:
        print(f"  {process['name']}: {pss_mb([process['pid']]):.0f} MB")


async def one_at_a_time(system: WholeSystem, label: str) -> None:
    async with clients(system, 1) as (client,):
        posts, ends = [], []
        for number in range(RUNS):
            started = time.perf_counter()
            accepted = await client.generate(f"{number} ways to make sourdough bread at home")
            posts.append((time.perf_counter() - started) * 1000)
            assert await until_settled(client, accepted.generation_id, every_s=0.01) == "COMPLETED"
            ends.append((time.perf_counter() - started) * 1000)
        print(f"{label}: POST {summary(posts[3:])}; POST to COMPLETED {summary(ends[3:])}")
        image = (await client.generation(accepted.generation_id)).images[0]
        edits = [await timed_ms(client.edit(image.id, f"Loaf number {number}")) for number in range(RUNS)]
        print(f"{label}: edit {summary(edits[3:])}")


async def throughput(system: WholeSystem, label: str) -> None:
    async with clients(system, CLIENTS) as everyone:

        async def work(client: GatewayClient, number: int) -> None:
            for turn in range(PER_CLIENT):
                accepted = await client.generate(f"{turn + 2} mistakes number {number} in baking")
                assert await until_settled(client, accepted.generation_id, every_s=0.25) == "COMPLETED"

        started = time.perf_counter()
        await asyncio.gather(*(work(client, number) for number, client in enumerate(everyone)))
        rate = CLIENTS * PER_CLIENT / (time.perf_counter() - started)
        print(f"{label}: {rate:.1f} generations a second from {CLIENTS} clients")


async def local_painter(folder: Path) -> None:
    with whole_system(folder) as system:
        await idle_cost(system)
        await one_at_a_time(system, "local painter")
        await throughput(system, "local painter")
        await idle_cost(system)


async def fixed_picture(folder: Path) -> None:
    with whole_system(folder, imagers=0) as system, fixed_imagers(system, 2):
        await one_at_a_time(system, "fixed picture")
        await throughput(system, "fixed picture")


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        await fixed_picture(Path(folder) / "fixed")
        await local_painter(Path(folder) / "local")


if __name__ == "__main__":
    asyncio.run(main())

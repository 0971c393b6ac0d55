"""Measures the whole system on this machine: `.venv/bin/python -m benchmarks.system`. About two minutes."""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from pathlib import Path

from benchmarks.harness import clients, cpu_s, fixed_imagers, pss_mb, servers_cpu_s, summary, timed_ms, until_settled
from benchmarks.peer_run import measure_peer
from tests.support.whole_system import WholeSystem, whole_system
from vision3.client import GatewayClient

RUNS = 30
CLIENTS, PER_CLIENT = 32, 6
IDLE_S = 20


def processes(system: WholeSystem) -> dict[str, int]:
    document = json.loads((system.folder / "vision3.json").read_text())
    return {process["name"]: process["pid"] for process in document["processes"]}


async def idle_cost(system: WholeSystem, label: str) -> None:
    pids = processes(system)
    before = cpu_s(list(pids.values()))
    await asyncio.sleep(IDLE_S)
    used = (cpu_s(list(pids.values())) - before) / IDLE_S
    print(f"idle {label}: {pss_mb(list(pids.values())):.0f} MB PSS, {used:.1%} of one core")
    print("  MB:", ", ".join(f"{name} {pss_mb([pid]):.0f}" for name, pid in pids.items()))


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


async def throughput(system: WholeSystem, label: str, pids: dict[str, int]) -> None:
    async with clients(system, CLIENTS) as everyone:

        async def work(client: GatewayClient, number: int) -> None:
            for turn in range(PER_CLIENT):
                accepted = await client.generate(f"{turn + 2} mistakes number {number} in baking")
                assert await until_settled(client, accepted.generation_id, every_s=0.5) == "COMPLETED"

        before, all_before = {name: cpu_s([pid]) for name, pid in pids.items()}, servers_cpu_s()
        started = time.perf_counter()
        await asyncio.gather(*(work(client, number) for number, client in enumerate(everyone)))
        done = CLIENTS * PER_CLIENT
        print(f"{label}: {done / (time.perf_counter() - started):.1f} generations a second from {CLIENTS} clients")
        print(f"  processor ms a generation: {(servers_cpu_s() - all_before) / done * 1000:.0f}")
        used = {name: (cpu_s([pid]) - before[name]) / done * 1000 for name, pid in pids.items()}
        print("  of it:", ", ".join(f"{name} {ms:.0f}" for name, ms in used.items()))


async def local_painter(folder: Path) -> None:
    with whole_system(folder) as system:
        await idle_cost(system, "at first")
        await one_at_a_time(system, "local painter")
        await throughput(system, "local painter", processes(system))
        await idle_cost(system, "after work")


async def fixed_picture(folder: Path) -> None:
    with whole_system(folder, imagers=0) as system, fixed_imagers(system, 2) as imagers:
        await one_at_a_time(system, "fixed picture")
        await throughput(system, "fixed picture", processes(system) | imagers)


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        await measure_peer(Path(folder) / "peer", runs=RUNS, clients=CLIENTS, per_client=PER_CLIENT)
        await fixed_picture(Path(folder) / "fixed")
        await local_painter(Path(folder) / "local")


if __name__ == "__main__":
    asyncio.run(main())

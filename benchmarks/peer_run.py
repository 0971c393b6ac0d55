"""Runs the peer on servers of its own, and measures it as benchmarks/system.py measures Vision3."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2

from benchmarks.harness import CHECKOUT, servers_cpu_s, summary, wait_until
from vision3.servers import Nats, Postgres, running
from vision3.servers.ports import free_port

WORKERS = 2


@contextmanager
def peer(folder: Path) -> Iterator[str]:
    """The URL of the peer's API, with two workers behind it."""
    (folder / "pictures").mkdir(parents=True)
    with running(Postgres(folder / "postgres")) as postgres, running(Nats(folder / "nats")) as nats:
        env = os.environ | {
            "PEER_DATABASE_URL": postgres.database_url,
            "PEER_NATS_URL": nats.url,
            "PEER_FOLDER": str(folder / "pictures"),
        }
        port = free_port()
        processes = [_start(env, "api", str(port))]
        try:
            wait_until(f"http://127.0.0.1:{port}/openapi.json")
            processes += [_start(env, "worker") for _ in range(WORKERS)]
            yield f"http://127.0.0.1:{port}"
        finally:
            for process in processes:
                process.terminate()
                process.wait()


def _start(env: dict[str, str], *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "benchmarks.peer", *arguments], cwd=CHECKOUT, env=env)


async def generate(client: httpx2.AsyncClient, user: str, prompt: str, *, every_s: float) -> float:
    """Milliseconds from the POST to the end."""
    started = time.perf_counter()
    made = (await client.post("/generations", json={"user": user, "prompt": prompt})).json()
    while (await client.get(f"/generations/{made['id']}")).json()["status"] == "PENDING":
        await asyncio.sleep(every_s)
    return (time.perf_counter() - started) * 1000


async def measure_peer(folder: Path, *, runs: int, clients: int, per_client: int) -> None:
    with peer(folder) as url:
        async with httpx2.AsyncClient(base_url=url, timeout=60, trust_env=False) as client:
            one = [
                await generate(client, "u", f"{n} ways to make sourdough bread at home", every_s=0.01)
                for n in range(runs)
            ]
            print(f"peer: POST to COMPLETED {summary(one[3:])}")

            async def work(number: int) -> None:
                for turn in range(per_client):
                    await generate(client, f"u{number}", f"{turn + 2} mistakes number {number} in baking", every_s=0.5)

            before, started = servers_cpu_s(), time.perf_counter()
            await asyncio.gather(*(work(number) for number in range(clients)))
            done = clients * per_client
            print(f"peer: {done / (time.perf_counter() - started):.1f} generations a second from {clients} clients")
            print(f"  processor ms a generation: {(servers_cpu_s() - before) / done * 1000:.0f}")

"""A whole system to measure, users with credits enough, and what its processes cost."""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from uuid import UUID

import httpx2

from tests.support.credits import with_credits
from tests.support.whole_system import WholeSystem
from vision3.client import GatewayClient
from vision3.servers.ports import free_port

CREDITS = 100_000
CHECKOUT = Path(__file__).resolve().parents[1]
TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@contextmanager
def fixed_imagers(system: WholeSystem, count: int) -> Iterator[dict[str, int]]:
    """Imagers of benchmarks/fixed_imager.py, beside a system that runs none; their pids by name."""
    ports = [free_port() for _ in range(count)]
    processes = [subprocess.Popen([sys.executable, "-m", "benchmarks.fixed_imager"], cwd=CHECKOUT,
                                  env=_imager_environment(system, port)) for port in ports]  # fmt: skip
    try:
        for port in ports:
            wait_until(f"http://127.0.0.1:{port}/readyz")
        yield {f"imager-{number}": process.pid for number, process in enumerate(processes, 1)}
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait()


def _imager_environment(system: WholeSystem, port: int) -> dict[str, str]:
    return os.environ | {
        "VISION3_DATABASE_URL": system.state.service_database_urls["imager"],
        "VISION3_NATS_URL": system.state.nats_url,
        "VISION3_STORE_URL": (system.folder / "objects").as_uri(),
        "VISION3_HTTP_PORT": str(port),
        "VISION3_IMAGE_PROVIDERS": "fixed",
        "VISION3_LOG_LEVEL": "ERROR",
    }


def wait_until(url: str) -> None:
    """Until a GET succeeds."""
    for _ in range(300):
        try:
            if httpx2.get(url, trust_env=False).is_success:
                return
        except httpx2.HTTPError:
            pass
        time.sleep(0.1)
    raise RuntimeError(f"{url} was not ready within 30 s")


@asynccontextmanager
async def clients(system: WholeSystem, count: int) -> AsyncIterator[list[GatewayClient]]:
    made = [await with_credits(system, f"bench-{number}", CREDITS) for number in range(count)]
    try:
        yield made
    finally:
        for client in made:
            await client.__aexit__(None, None, None)


async def until_settled(client: GatewayClient, generation_id: UUID, *, every_s: float) -> str:
    while True:
        generation = await client.generation(generation_id)
        if generation.status != "PENDING":
            return generation.status
        await asyncio.sleep(every_s)


async def timed_ms(action: Awaitable[object]) -> float:
    started = time.perf_counter()
    await action
    return (time.perf_counter() - started) * 1000


def summary(values: list[float]) -> str:
    ordered = sorted(values)
    return f"p50 {statistics.median(ordered):.0f} ms, p95 {ordered[int(len(ordered) * 0.95)]:.0f} ms"


def pss_mb(pids: list[int]) -> float:
    """Proportional set size of the processes and all their children."""
    return sum(_pss_kb(pid) for root in pids for pid in _with_children(root)) / 1024


def cpu_s(pids: list[int]) -> float:
    """Processor time used so far, by living children and by those that have ended."""
    return sum(_cpu_ticks(pid) for root in pids for pid in _with_children(root)) / TICKS_PER_S


def servers_cpu_s() -> float:
    """Processor time of everything that this process has started, and not its own."""
    return sum(_cpu_ticks(pid) for pid in _with_children(os.getpid())[1:]) / TICKS_PER_S


def _cpu_ticks(pid: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:  # ended since it was listed
        return 0
    return sum(int(field) for field in fields[11:15])


def _with_children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    children = [int(child) for task in tasks for child in task.read_text().split()]
    return [pid, *(p for child in children for p in _with_children(child))]


def _pss_kb(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))

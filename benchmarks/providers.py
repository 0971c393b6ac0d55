"""Measures calls to image providers: `.venv/bin/python -m benchmarks.providers [faults|outage|quota|scaling|overhead]`.

Against benchmarks/vendor.py, which fails and is slow as told. All five take about twenty minutes.
"""

from __future__ import annotations

import asyncio
import bisect
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx2

from benchmarks.harness import CHECKOUT, clients, pss_mb, wait_until
from benchmarks.overhead import overhead
from tests.support.vendors import gemini
from tests.support.whole_system import WholeSystem, whole_system
from vision3.client import ApiError, GatewayClient
from vision3.servers.ports import free_port

PICTURES = 4
MINUTE_S = 60.0


@contextmanager
def vendor(*options: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Its address, and its process."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.vendor", str(port), *options], cwd=CHECKOUT)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until(f"{url}/count")
        yield url, process
    finally:
        process.terminate()
        process.wait()


def counted(url: str) -> dict[str, Any]:
    return httpx2.get(f"{url}/count", trust_env=False, timeout=10).json()


def environment(
    url: str, *, per_minute: int = 3_000, timeout_s: float = 20, slots: int = 8, more: dict[str, str] | None = None
) -> dict[str, str]:
    settings = {
        "CONCEPT_WRITER": "local",
        "IMAGE_PROVIDERS": "gemini",
        "GEMINI_IMAGE_BASE_URL": url,
        "GEMINI_IMAGE_PER_MINUTE": str(per_minute),
        "GEMINI_IMAGE_TIMEOUT_S": str(timeout_s),
        "IMAGER_CONCURRENCY": str(slots),
        "MAX_PENDING": "1000",
        "USER_PER_MINUTE": "100000",
        "LOG_LEVEL": "ERROR",
    } | (more or {})
    return {f"VISION3_{name}": value for name, value in settings.items()} | {"GEMINI_API_KEY": gemini.KEY}


async def ask(client: GatewayClient, number: int) -> bool:
    """False when the gateway says that it is busy."""
    try:
        await client.generate(f"{number} ways to bake bread at home")
    except ApiError as error:
        if error.code == "busy":
            return False
        raise
    return True


async def fetch(system: WholeSystem, statement: str) -> asyncpg.Record:
    owner = await asyncpg.connect(system.state.database_url)
    try:
        return await owner.fetchrow(statement)
    finally:
        await owner.close()


ENDED = """
select count(*) filter (where status <> 'PENDING') as ended, count(*) as all,
  coalesce(max(extract(epoch from completed_at - created_at))::float8, 0) as longest,
  coalesce(percentile_cont(0.5) within group (order by extract(epoch from completed_at - created_at)), 0) as median
from vision3.generations
"""
MADE = """
select count(*) filter (where status = 'RENDERED') as rendered, count(*) as all,
  (select coalesce(sum(g.credits_charged), 0) from vision3.generations g)
    - (select coalesce(sum(amount), 0) from vision3.credit_entries where kind = 'refund') as charged
from vision3.concepts
"""


async def until_all_ended(system: WholeSystem, seconds: float) -> None:
    for _ in range(int(seconds * 2)):
        row = await fetch(system, ENDED)
        if row["ended"] == row["all"]:
            return
        await asyncio.sleep(0.5)
    raise RuntimeError("not everything ended")


async def report(system: WholeSystem, url: str) -> None:
    ended, made, count = await fetch(system, ENDED), await fetch(system, MADE), counted(url)
    calls = len(count["calls"])
    print(f"  {made['rendered']} of {made['all']} pictures ({made['rendered'] / made['all']:.1%})", end="; ")
    print(f"{calls / max(1, made['rendered']):.2f} calls a picture; credits left charged without one: ", end="")
    print(made["charged"] - made["rendered"])
    print(f"  generations ended after {ended['median']:.1f} s (median), {ended['longest']:.1f} s (longest)")


async def faults(folder: Path) -> None:
    """100 generations at 1 a second, of a vendor that takes 2 s and fails one call in three."""
    print("faults: 20 % 5xx, 5 % 429 with Retry-After: 2, 5 % hanging (ended after 20 s), 2 % garbage; 2 imagers")
    with vendor("--latency", "2", "--faults") as (url, _), whole_system(folder, env=environment(url)) as system:
        async with clients(system, 1) as (client,):
            for number in range(100):
                await ask(client, number)
                await asyncio.sleep(1)
            await until_all_ended(system, 200)
        await report(system, url)


async def outage(folder: Path) -> None:
    """Dead for 10 minutes; a deadline of 60 s makes three of them out of the real 180 s."""
    quota = 60
    print(f"outage: dead for 600 s, quota {quota} a minute, deadline 60 s; one generation every 4 s")
    more = {"DEADLINE_S": "60"}
    with (
        vendor("--latency", "1") as (url, process),
        whole_system(folder, env=environment(url, per_minute=quota, more=more)) as system,
    ):
        async with clients(system, 1) as (client,):
            asking = asyncio.create_task(_ask_every(client, 4.0))
            await asyncio.sleep(20)
            died = time.time()
            process.send_signal(signal.SIGUSR1)
            await asyncio.sleep(600)
            process.send_signal(signal.SIGUSR2)
            back = time.time()
            await asyncio.sleep(65)
            asking.cancel()
            await until_all_ended(system, 100)
        calls = counted(url)["calls"]
        _tell_outage(calls, died, back, quota)
        await report(system, url)


def _tell_outage(calls: list[float], died: float, back: float, quota: int) -> None:
    after = [call - died for call in calls if died <= call < back]
    early = sum(call < 10 for call in after)
    print(
        f"  {early} calls in the first 10 s of it, {len(after) - early} in the {back - died - 10:.0f} s after", end="; "
    )
    print(f"the busiest minute of all: {busiest_minute(calls)} calls")
    first = [call for call in calls if back <= call < back + MINUTE_S]
    print(f"  in the first minute after it: {len(first)} calls, {len(first) / quota:.2f}x the quota")
    if first:
        print(f"  the first call after it came {first[0] - back:.1f} s after it was back")


def busiest_minute(calls: list[float]) -> int:
    return max(bisect.bisect_left(calls, start + MINUTE_S) - index for index, start in enumerate(calls))


async def _ask_every(client: GatewayClient, seconds: float) -> None:
    number = 0
    while True:
        number += 1
        await ask(client, number)
        await asyncio.sleep(seconds)


async def quota(folder: Path) -> None:
    """More work than the quota lets through, for three minutes."""
    allowed = 60
    print(f"quota: {allowed} a minute, four imagers, three minutes of more work than that")
    with (
        vendor("--latency", "2") as (url, _),
        whole_system(folder, imagers=4, env=environment(url, per_minute=allowed, slots=16)) as system,
    ):
        async with clients(system, 1) as (client,):
            started = time.monotonic()
            while time.monotonic() - started < 180:
                await ask(client, 1)
                await asyncio.sleep(2)
        calls = counted(url)["calls"]
    print(f"  the busiest minute: {busiest_minute(calls)} calls; {len(calls) / 3:.0f} a minute on average")


async def scaling(folder: Path) -> None:
    """Pictures a minute of 1, 2 and 4 imagers with 32 calls under way each."""
    print("scaling: a vendor that takes 8 s")
    first = 0.0
    for slots in (8, 32):
        for imagers in (1, 2, 4):
            with vendor("--latency", "8") as (url, _):
                env = environment(url, slots=slots, timeout_s=60)
                with whole_system(folder / f"{slots}-{imagers}", imagers=imagers, env=env) as system:
                    rate, memory = await _rate(system, url, imagers * slots)
            first = rate if imagers == 1 else first
            print(f"  {imagers} imagers of {slots} calls: {rate:.0f} pictures a minute, {rate / first:.2f}x", end="; ")
            print(f"an imager with its children {memory:.0f} MB PSS at the most")


async def _rate(system: WholeSystem, url: str, at_once: int) -> tuple[float, float]:
    """In 48 s, once all slots are filled; and the most memory of the first imager meanwhile."""
    async with clients(system, 1) as (client,):
        for number in range(at_once * 10 // PICTURES):
            await ask(client, number)
        await asyncio.sleep(10)
        imager = system.pid("imager-1")
        assert imager is not None
        before, started, most = await _rendered(system), time.monotonic(), 0.0
        while time.monotonic() - started < 48:
            most = max(most, pss_mb([imager]))
            await asyncio.sleep(0.5)
        made = await _rendered(system) - before
    return made / (time.monotonic() - started) * MINUTE_S, most


async def _rendered(system: WholeSystem) -> int:
    return (await fetch(system, MADE))["rendered"]


RUNS = {"faults": faults, "outage": outage, "quota": quota, "scaling": scaling, "overhead": overhead}


def main(names: list[str]) -> None:
    for name in names or list(RUNS):
        with tempfile.TemporaryDirectory(prefix="vision3-bench-") as folder:
            Path(folder).chmod(0o755)
            asyncio.run(RUNS[name](Path(folder)))


if __name__ == "__main__":
    main(sys.argv[1:])

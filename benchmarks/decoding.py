"""Measures opening pictures: `.venv/bin/python -m benchmarks.decoding`. Half a minute.

The same 1344x768 JPEG through the children and on threads of this process, in turns, as many at a time as there are
cores. Then what a child holds in memory: after such pictures, and after one of 20 megapixels.
"""

from __future__ import annotations

import asyncio
import io
import os
import statistics
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from PIL import Image

from benchmarks.fixed_imager import picture
from imager.compose import open_background
from imager.decoding.decoder import Decoder
from tests.cli.processes import children

ROUNDS = 9
ROUND_S = 1.0
Open = Callable[[bytes], Awaitable[Image.Image]]


async def rate(open_: Open, data: bytes) -> float:
    """Pictures a second."""
    began = time.perf_counter()
    counts = await asyncio.gather(*(count(open_, data, began + ROUND_S) for _ in range(os.cpu_count() or 1)))
    return sum(counts) / (time.perf_counter() - began)


async def count(open_: Open, data: bytes, until: float) -> int:
    done = 0
    while time.perf_counter() < until:
        await open_(data)
        done += 1
    return done


async def on_a_thread(data: bytes) -> Image.Image:
    return await asyncio.to_thread(open_background, data)


def of_20_megapixels() -> bytes:
    data = io.BytesIO()
    Image.linear_gradient("L").resize((5900, 3319)).convert("RGB").save(data, "JPEG")
    return data.getvalue()


def memory() -> str:
    return ", ".join(f"{pss_bytes(pid) / 2**20:.0f} MB" for pid in children(os.getpid()))


def pss_bytes(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


async def main() -> None:
    decoder, data = Decoder(), picture()
    ways: dict[str, Open] = {"in children": decoder.open, "on threads": on_a_thread}
    rates: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(ROUNDS + 1):
        for name, open_ in ways.items():
            measured = await rate(open_, data)
            if turn > 0:  # the first starts children and threads
                rates[name].append(measured)
    for name, measured_rates in rates.items():
        print(f"{name}: {statistics.median(measured_rates):.0f} pictures a second (median of {ROUNDS})")
    print(f"PSS of the children: {memory()}")
    large = of_20_megapixels()
    await asyncio.gather(*(decoder.open(large) for _ in range(decoder.places)))
    print(f"after 20 megapixels: {memory()}")
    await decoder.aclose()


if __name__ == "__main__":
    asyncio.run(main())

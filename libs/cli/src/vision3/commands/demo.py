"""vision3 demo"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from vision3.commands.generate import checked, writable
from vision3.commands.options import Count, Json, Out
from vision3.data_dir import DataDir
from vision3.generation import Order, Timings
from vision3.interrupts import stopped_by_signals
from vision3.ordering import run_order
from vision3.system import running_system
from vision3.terminal import say

app = typer.Typer(add_completion=False)

ANY_PORT = 0
IMAGERS = 1

Prompt = Annotated[str, typer.Argument(metavar="[PROMPT]", help="What the video is about.")]
Data = Annotated[
    Path | None, typer.Option("--data", metavar="DIR", help="Keep the data here, instead of for this run only.")
]


@app.command()
def demo(
    prompt: Prompt = "a video about making sourdough bread",
    data: Data = None,
    count: Count = None,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Start the whole system, make thumbnails and titles for one prompt, save them, and stop everything."""
    order = Order(checked(prompt), count=count, out=writable(out))
    if not asyncio.run(stopped_by_signals(_run(data, order, as_json=as_json))):
        raise typer.Exit(1)


async def _run(data: Path | None, order: Order, *, as_json: bool) -> None:
    timings = Timings()
    with _folder(data) as folder:
        async with running_system(DataDir.at(folder), ANY_PORT, IMAGERS, say) as state:
            timings.mark("system_ready")
            await run_order(state, "demo", order, as_json=as_json, timings=timings)


@contextmanager
def _folder(data: Path | None) -> Iterator[Path]:
    if data is not None:
        yield data
        return
    with tempfile.TemporaryDirectory(prefix="vision3-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)

"""vision3 up"""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from vision3.commands.options import DEFAULT_DATA, Data, Imagers
from vision3.data_dir import DataDir
from vision3.interrupts import stopped_by_signals
from vision3.system import running_system
from vision3.terminal import say

app = typer.Typer(add_completion=False)

Port = Annotated[
    int | None,
    typer.Option(
        "--port",
        min=0,
        max=65535,
        help="The gateway's port, 0 for any (8080 or the next free one unless given).",
    ),
]


WithLemonSqueezy = Annotated[
    bool,
    typer.Option("--with-lemonsqueezy", help="Also run a stand-in for LemonSqueezy, where purchases can be tried."),
]


@app.command()
def up(
    data: Data = DEFAULT_DATA, port: Port = None, imagers: Imagers = 2, with_lemonsqueezy: WithLemonSqueezy = False
) -> None:
    """Run the whole system on this machine until Ctrl-C.

    Prints `ready <gateway url>` once everything works; `vision3.json` in the data directory says where everything is.
    """
    asyncio.run(stopped_by_signals(_run(DataDir.at(data), port, imagers, with_lemonsqueezy)))


async def _run(data: DataDir, port: int | None, imagers: int, with_lemonsqueezy: bool) -> None:
    async with running_system(data, port, imagers, say, with_lemonsqueezy=with_lemonsqueezy) as state:
        if state.lemonsqueezy_url is not None:
            say(f"what was bought: {state.lemonsqueezy_url}")
        typer.echo(f"ready {state.gateway_url}")
        await asyncio.Event().wait()

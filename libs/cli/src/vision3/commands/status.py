"""vision3 status"""

from __future__ import annotations

import asyncio
import dataclasses
import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Group
from rich.live import Live
from rich.table import Table

from vision3.commands.options import Json, System
from vision3.interrupts import stopped_by_signals
from vision3.status import Status, read_status
from vision3.terminal import out

WATCH_EVERY_S = 2.0

app = typer.Typer(add_completion=False)

Watch = Annotated[bool, typer.Option("--watch", help="Look again every two seconds, until Ctrl-C.")]


@app.command()
def status(data: System = None, watch: Watch = False, as_json: Json = False) -> None:
    """Show how the running system does: processes, queues, what is unsettled, unsent or dead.

    With --watch and --json, a document a line.
    """
    if watch:
        asyncio.run(stopped_by_signals(_watch_as_json(data) if as_json else _watch(data)))
        return
    found = asyncio.run(read_status(data))
    if as_json:
        typer.echo(json.dumps(dataclasses.asdict(found), indent=1))
    else:
        out.print(_picture(found))


async def _watch(data: Path | None) -> None:
    with Live(_picture(await read_status(data)), console=out, auto_refresh=False) as live:
        while True:
            await asyncio.sleep(WATCH_EVERY_S)
            live.update(_picture(await read_status(data)), refresh=True)


async def _watch_as_json(data: Path | None) -> None:
    while True:
        typer.echo(json.dumps(dataclasses.asdict(await read_status(data))))
        await asyncio.sleep(WATCH_EVERY_S)


def _picture(found: Status) -> Group:
    processes = [_processes(found)] if found.processes else []
    return Group(*processes, _queues(found), _figures(found))


def _processes(found: Status) -> Table:
    table = Table("process", "pid", "state")
    for process in found.processes:
        table.add_row(process.name, str(process.pid or "–"), "running" if process.running else "[red]down[/red]")
    return table


def _queues(found: Status) -> Table:
    table = Table("queue", "waiting", "in hand")
    for subject, queue in found.queues.items():
        table.add_row(subject, str(queue.waiting), str(queue.in_hand))
    return table


def _figures(found: Status) -> Table:
    table = Table("figure", "value")
    if found.imagers_alive is not None:
        table.add_row("imagers alive", str(found.imagers_alive))
    for name, count in found.generations.items():
        table.add_row(f"generations {name.lower()}", str(count))
    table.add_row("oldest pending", f"{found.oldest_pending_s:.1f} s")
    table.add_row("events not sent yet", str(found.outbox_pending))
    table.add_row("webhooks waiting", str(found.webhooks["waiting"]))
    for outcome in ("unmatched", "failed"):
        table.add_row(f"webhooks {outcome}", _none_is_good(found.webhooks[outcome]))
    table.add_row("dead letters", _none_is_good(found.dead_letters))
    return table


def _none_is_good(count: int) -> str:
    return f"[red]{count}[/red]" if count else "0"

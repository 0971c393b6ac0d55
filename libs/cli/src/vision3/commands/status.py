"""vision3 status"""

from __future__ import annotations

import asyncio
import dataclasses
import json

import typer
from rich.table import Table

from vision3.commands.options import DEFAULT_DATA, Data, Json
from vision3.data_dir import DataDir
from vision3.status import Status, read_status
from vision3.terminal import out

app = typer.Typer(add_completion=False)


@app.command()
def status(data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """Show how the running system does: processes, queues, what is unsettled, unsent or dead."""
    found = asyncio.run(read_status(DataDir.at(data)))
    if as_json:
        typer.echo(json.dumps(dataclasses.asdict(found), indent=1))
        return
    out.print(_processes(found))
    out.print(_queues(found))
    out.print(_figures(found))


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
    for name, count in found.generations.items():
        table.add_row(f"generations {name.lower()}", str(count))
    table.add_row("oldest pending", f"{found.oldest_pending_s:.1f} s")
    table.add_row("events not sent yet", str(found.outbox_pending))
    table.add_row("dead letters", f"[red]{found.dead_letters}[/red]" if found.dead_letters else "0")
    return table

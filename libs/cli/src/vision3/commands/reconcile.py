"""vision3 reconcile"""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from vision3 import state
from vision3.commands.options import Json, Where, print_json
from vision3.database import connected
from vision3.reconciliation import Reconciliation, reconcile
from vision3.terminal import err, out, say

app = typer.Typer(add_completion=False)

DryRun = Annotated[bool, typer.Option("--dry-run", help="Only list what no webhook told; change nothing.")]
Seconds = Annotated[int, typer.Option("--wait", min=1, max=86_400, help="For how many seconds to wait for its end.")]


@app.command("reconcile")
def reconcile_now(dry_run: DryRun = False, wait: Seconds = 3600, data: Where = None, as_json: Json = False) -> None:
    """Have billing ask LemonSqueezy for what no webhook told, now.

    What is missing goes the way of webhooks: `vision3 webhooks list` shows what became of it.
    """
    done = asyncio.run(_reconcile(state.database_url(data), wait, dry_run=dry_run))
    if as_json:
        print_json(dataclasses.asdict(done))
        return
    if done.listed:
        out.print(_table(done))
    if done.found > len(done.listed):
        say(f"and {done.found - len(done.listed)} more")
    verb = "are missing" if dry_run else "were missing, and are worked on"
    say(f"{done.resources} looked at in {done.seconds or 0:.1f} s: {done.found or 'none'} {verb}")


async def _reconcile(database_url: str, wait_s: int, *, dry_run: bool) -> Reconciliation:
    async with connected(database_url) as connection:
        with err.status("waiting for billing") as status:

            def progress(state: Reconciliation) -> None:
                if state.begun:
                    status.update(f"{state.resources} looked at, {state.found} missing")

            return await reconcile(connection, dry_run=dry_run, wait_s=wait_s, progress=progress)


def _table(done: Reconciliation) -> Table:
    table = Table("event", "of")
    for finding in done.listed:
        table.add_row(escape(finding.event), escape(finding.reference))
    return table

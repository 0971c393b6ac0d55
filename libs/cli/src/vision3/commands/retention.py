"""vision3 retention"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Annotated

import asyncpg
import structlog
import typer
from rich.table import Table

from common.db import Database
from common.settings import load
from common.storage import ObjectStore
from common.store_settings import StoreSettings
from retention.policies import GENERATIONS
from retention.runs import Run
from retention.runs import run as run_policy
from vision3 import erasure, state
from vision3.commands.options import Where, Who, Yes
from vision3.credits import find
from vision3.data_dir import DEFAULT, DataDir
from vision3.database import connected
from vision3.errors import CommandError
from vision3.terminal import err, out, say

DB_BUDGET_S = 60.0

app = typer.Typer(add_completion=False)

Days = Annotated[int, typer.Option(envvar="VISION3_RETENTION_DAYS", min=1, max=36_500, help="What is older goes.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only count; change nothing.")]
Data = Annotated[
    Path | None, typer.Option("--data", metavar="DIR", help="The running system's data directory.", show_default=False)
]


Seconds = Annotated[int, typer.Option("--wait", min=0, max=3600, help="For how many seconds to wait for its end.")]


@app.callback()
def retention() -> None:
    """Anonymize old data, and erase users."""


@app.command()
def run(dry_run: DryRun = False, data: Data = None, days: Days = GENERATIONS.days) -> None:
    """Take user, prompt, texts and pictures from old generations; counts and costs stay.

    Without --data, VISION3_DATABASE_URL (as retention's role) and VISION3_STORE_URL, with its endpoint and keys,
    say where, if they are set.
    """
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    database_url, store = _where(data)
    try:
        done = asyncio.run(_run(database_url, ObjectStore(store), days, dry_run=dry_run))
    except asyncpg.PostgresError as error:
        raise CommandError(f"the database refuses: {error}") from error
    out.print(_table(done))


@app.command()
def erase(user: Who, yes: Yes = False, wait: Seconds = 240, data: Where = None) -> None:
    """Erase a user: their generations, pictures, address and identity, for good. Their ledger keeps its amounts.

    A plan that runs at LemonSqueezy has to be ended there.
    """
    asyncio.run(_erase(state.database_url(data), user, wait, yes=yes))
    say("erased")


async def _erase(database_url: str, user: str, wait_s: int, *, yes: bool) -> None:
    async with connected(database_url) as connection:
        account = await find(connection, user)
        if not yes:
            typer.confirm(
                f"erase {account.id} ({account.tier}, {account.balance} credits) for good?", abort=True, err=True
            )
        await erasure.ask(connection, account)
        with err.status("waiting for retention"):
            await erasure.wait(connection, account.id, wait_s)


def _where(data: Path | None) -> tuple[str, StoreSettings]:
    """The database as retention's role, and the store."""
    database_url = os.environ.get("VISION3_DATABASE_URL")
    if data is None and database_url and os.environ.get("VISION3_STORE_URL"):
        return database_url, load(StoreSettings)
    folder = DataDir.at(data or DEFAULT)
    urls = state.load(folder).service_database_urls
    # As `up` does it: the environment may have named another store for that system than its folder.
    named = os.environ.get("VISION3_STORE_URL")
    return urls["retention"], load(StoreSettings) if named else StoreSettings(store_url=folder.objects.as_uri())


async def _run(database_url: str, store: ObjectStore, days: int, *, dry_run: bool) -> Run:
    db = Database(database_url, budget_s=DB_BUDGET_S, application="vision3-cli")
    await db.open()
    try:
        return await run_policy(db, store, GENERATIONS, days=days, dry_run=dry_run)
    finally:
        await db.close()


def _table(done: Run) -> Table:
    table = Table("policy", "older than", "generations", "objects", "seconds")
    if done.dry_run:
        table.title = "dry run: nothing was changed"
    table.add_row(
        done.policy,
        f"{done.cutoff:%Y-%m-%d %H:%M} UTC",
        str(done.generations),
        str(done.objects),
        f"{done.seconds:.2f}",
    )
    return table

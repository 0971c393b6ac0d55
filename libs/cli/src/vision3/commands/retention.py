"""vision3 retention"""

from __future__ import annotations

import asyncio
import dataclasses
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Annotated

import asyncpg
import structlog
import typer
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from common.db import Database, Tx
from common.settings import load
from common.storage import ObjectStore
from common.store_settings import StoreSettings
from retention import runs
from retention.inventory import Inventory, Stocktaker
from retention.policies import GENERATIONS, POLICIES, Policy
from retention.queries import Amount
from retention.runs import Run
from vision3 import erasure, state
from vision3.commands.options import Json, Where, Who, Yes, print_json
from vision3.credits import find
from vision3.data_dir import DEFAULT, DataDir
from vision3.database import connected
from vision3.errors import CommandError
from vision3.retention_history import Past, newest
from vision3.terminal import err, out, say

DB_BUDGET_S = 60.0

app = typer.Typer(add_completion=False)

Days = Annotated[
    int, typer.Option(envvar="VISION3_RETENTION_DAYS", min=1, max=36_500, help="How old generations may get.")
]
Data = Annotated[
    Path | None, typer.Option("--data", metavar="DIR", help="The running system's data directory.", show_default=False)
]


DryRun = Annotated[bool, typer.Option("--dry-run", help="Only look; delete nothing.")]
Limit = Annotated[int, typer.Option("--limit", min=1, max=10_000, help="How many to list.")]
Seconds = Annotated[int, typer.Option("--wait", min=0, max=3600, help="For how many seconds to wait for its end.")]


@app.callback()
def retention() -> None:
    """Anonymize old data, and erase users."""


@app.command()
def run(data: Data = None, days: Days = GENERATIONS.days) -> None:
    """Forget what is old now, by every policy; counts and costs stay.

    Without --data, VISION3_DATABASE_URL (as retention's role) and VISION3_STORE_URL, with its endpoint and keys,
    say where, if they are set.
    """
    out.print(_table(_on_all(data, days, _run_one), "rows"))


@app.command()
def plan(data: Data = None, days: Days = GENERATIONS.days) -> None:
    """Count what the next run would forget, to the row; change nothing."""
    out.print(_table(_on_all(data, days, _plan_one), "rows due"))


@app.command()
def sweep(dry_run: DryRun = False, data: Data = None, as_json: Json = False) -> None:
    """Hold rows and stored objects against each other: delete objects that no row names, report rows without theirs.

    An object younger than a day may still get its row.
    """
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    database_url, store = _where(data)
    found = asyncio.run(_sweep(database_url, ObjectStore(store), dry_run=dry_run))
    if as_json:
        print_json(dataclasses.asdict(found))
        return
    for key in found.missing_keys:
        out.print(key, soft_wrap=True)
    verb = "are there" if dry_run else "were deleted, or will be once the store answers"
    say(f"{found.objects} objects: {found.orphans or 'none'} that no row names {verb}")
    say(f"{found.rows} pictures: of {found.missing or 'none'} the object is gone")


@app.command()
def history(limit: Limit = 20, data: Where = None, as_json: Json = False) -> None:
    """List the runs, the newest first."""
    found = asyncio.run(_history(state.database_url(data), limit))
    if as_json:
        print_json({"runs": [dataclasses.asdict(past) for past in found]})
    elif found:
        out.print(_past(found))
    else:
        say("nothing has run yet")


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


async def _sweep(database_url: str, store: ObjectStore, *, dry_run: bool) -> Inventory:
    db = Database(database_url, budget_s=DB_BUDGET_S, application="vision3-cli")
    await db.open()
    try:
        with err.status("looking at every object"):
            return await Stocktaker(db, store).take(delete=not dry_run)
    finally:
        await db.close()


Work = Callable[[Database, ObjectStore, Policy, int], Awaitable[Run]]


def _on_all(data: Path | None, days: int, work: Work) -> list[Run]:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    database_url, store = _where(data)
    try:
        return asyncio.run(_each(database_url, ObjectStore(store), days, work))
    except asyncpg.PostgresError as error:
        raise CommandError(f"the database refuses: {error}") from error


async def _each(database_url: str, store: ObjectStore, days: int, work: Work) -> list[Run]:
    db = Database(database_url, budget_s=DB_BUDGET_S, application="vision3-cli")
    await db.open()
    try:
        return [await work(db, store, policy, days if policy is GENERATIONS else policy.days) for policy in POLICIES]
    finally:
        await db.close()


async def _plan_one(db: Database, _store: ObjectStore, policy: Policy, days: int) -> Run:
    return await runs.plan(db, policy, days=days)


async def _run_one(db: Database, store: ObjectStore, policy: Policy, days: int) -> Run:
    due = (await runs.plan(db, policy, days=days)).rows
    with Progress(console=err, transient=True) as progress:
        task = progress.add_task(policy.name, total=due)

        async def step(_tx: Tx, amount: Amount) -> None:
            progress.update(task, completed=amount.rows)

        return await runs.run(db, store, policy, days=days, step=step)


def _table(runs: Sequence[Run], rows: str) -> Table:
    table = Table("policy", "older than", rows, "objects", "seconds")
    for one in runs:
        cutoff = f"{one.cutoff:%Y-%m-%d %H:%M} UTC"
        table.add_row(one.policy, cutoff, str(one.rows), str(one.objects), f"{one.seconds:.2f}")
    return table


async def _history(database_url: str, limit: int) -> list[Past]:
    async with connected(database_url) as connection:
        return await newest(connection, limit)


def _past(found: Sequence[Past]) -> Table:
    table = Table("started", "policy", "by", "rows", "objects", "seconds", "outcome")
    for one in found:
        when, took = f"{one.started_at:%Y-%m-%d %H:%M:%S}", "–" if one.seconds is None else f"{one.seconds:.2f}"
        ended = f"{one.outcome}: {one.error}" if one.error else one.outcome
        by = "schedule" if one.scheduled else "hand"
        table.add_row(when, one.policy, by, str(one.rows), str(one.objects), took, escape(ended))
    return table

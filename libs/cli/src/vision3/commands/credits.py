"""vision3 credits"""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from vision3 import state
from vision3.audit import Audit, audit
from vision3.commands.options import Json, Where, Who, Yes, print_json, readable
from vision3.credits import Account, Entry, adjust, find, newest
from vision3.database import connected
from vision3.errors import CommandError
from vision3.terminal import out, say

MOST = 1_000_000

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Look at users' credits, adjust and audit them.")

Amount = Annotated[
    int, typer.Argument(metavar="AMOUNT", min=-MOST, max=MOST, help="How many credits to give, or, below 0, to take.")
]
Note = Annotated[
    str,
    typer.Option("--note", metavar="TEXT", help="Why. It stays in the ledger for good: name no person in it."),
]
Limit = Annotated[int, typer.Option("--limit", min=1, max=10_000, help="How many entries to show, the newest first.")]


@app.command()
def show(user: Who, limit: Limit = 20, data: Where = None, as_json: Json = False) -> None:
    """Show a user's balance, tier and ledger, the newest entry first."""
    account, entries = asyncio.run(_show(state.database_url(data), user, limit))
    if as_json:
        shown = [dataclasses.asdict(entry) for entry in entries]
        print_json({"user": dataclasses.asdict(account), "entries": shown})
    else:
        out.print(_ledger(account, entries))
        if account.entries > len(entries):
            say(f"{account.entries - len(entries)} more: see --limit")


@app.command(context_settings={"ignore_unknown_options": True})  # a negative amount looks like an option
def grant(user: Who, amount: Amount, note: Note, yes: Yes = False, data: Where = None) -> None:
    """Give a user credits, or take some with an amount below 0, as an entry of the kind "adjustment".

    Prints the new balance, which is never below 0. The user's open streams hear of it from billing, within about a
    second; while billing or NATS is away they see it by themselves within five.
    """
    if amount == 0:
        raise typer.BadParameter("0 changes nothing", param_hint="AMOUNT")
    if not readable(note, "--note").strip():
        raise typer.BadParameter("say why", param_hint="--note")
    balance = asyncio.run(_grant(state.database_url(data), user, amount, note.strip(), yes=yes))
    typer.echo(balance)


@app.command("audit")
def audit_all(data: Where = None, as_json: Json = False) -> None:
    """Add up the whole ledger again; exit 1 if anybody's balance or chain of balances differs."""
    found = asyncio.run(_audit(state.database_url(data)))
    if as_json:
        print_json(dataclasses.asdict(found))
    elif found.differences:
        out.print(_differences(found))
    if found.differences:
        raise CommandError(f"the ledger of {len(found.differences)} of {found.users} users does not add up")
    if not as_json:
        out.print(f"{found.users} users, {found.entries} entries: all add up")


async def _show(database_url: str, user: str, limit: int) -> tuple[Account, list[Entry]]:
    async with connected(database_url) as connection:
        account = await find(connection, user)
        return account, await newest(connection, account.id, limit)


async def _grant(database_url: str, user: str, amount: int, note: str, *, yes: bool) -> int:
    async with connected(database_url) as connection:
        account = await find(connection, user)
        deed = f"give {amount} credits to" if amount > 0 else f"take {-amount} credits from"
        if not yes:
            typer.confirm(f"{deed} {account.id}, who has {account.balance}?", abort=True, err=True)
        return await adjust(connection, account, amount, note)


async def _audit(database_url: str) -> Audit:
    async with connected(database_url) as connection:
        return await audit(connection)


def _ledger(account: Account, entries: list[Entry]) -> Table:
    title = f"{account.id} · {account.clerk_id or 'erased'} · {account.tier} · {account.balance} credits"
    table = Table("when", "kind", "amount", "balance", "reference", "note", title=escape(title))
    for entry in entries:
        when = f"{entry.created_at:%Y-%m-%d %H:%M:%S}"
        facts = (when, entry.kind, f"{entry.amount:+}", str(entry.balance_after), entry.reference, entry.note or "")
        table.add_row(*map(escape, facts))
    return table


def _differences(found: Audit) -> Table:
    table = Table("user", "balance", "ledger", "entries", "what differs")
    for one in found.differences:
        balance = "–" if one.balance is None else str(one.balance)
        table.add_row(str(one.user_id), balance, str(one.ledger), str(one.entries), "; ".join(one.faults))
    return table

"""vision3 webhooks"""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import asyncpg
import typer
from pydantic import JsonValue
from rich.markup import escape
from rich.table import Table

from vision3 import state
from vision3.commands.options import Json, Where, print_json, readable
from vision3.database import connected
from vision3.personal import hidden
from vision3.terminal import err, out, say
from vision3.webhooks import Outcome, Wanted, Webhook, body, find, make_due, newest, wait_for_billing

MOST = 10_000

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Look at LemonSqueezy's webhooks and what became of them, and have them worked on again.",
)

Id = Annotated[UUID, typer.Argument(metavar="ID", help="The webhook's id, as `list` shows it.")]
Ids = Annotated[list[UUID] | None, typer.Argument(metavar="ID", help="Webhooks' ids.", show_default=False)]
OfOutcome = Annotated[Outcome | None, typer.Option("--outcome", help="Only those that ended so.", show_default=False)]
OfEvent = Annotated[
    str | None,
    typer.Option(
        "--event",
        metavar="NAME",
        callback=lambda name: name and readable(name, "--event"),
        help="Only those of that name, as in order_created.",
        show_default=False,
    ),
]
Limit = Annotated[int, typer.Option("--limit", min=1, max=MOST, help="How many to list, the newest first.")]
Raw = Annotated[bool, typer.Option("--body", help="Print the body as it came, names and addresses too, alone.")]
Seconds = Annotated[int, typer.Option("--wait", min=0, max=3600, help="For how many seconds to wait for billing.")]


@app.command("list")
def list_webhooks(
    outcome: OfOutcome = None, event: OfEvent = None, limit: Limit = 50, data: Where = None, as_json: Json = False
) -> None:
    """List what came, the newest first."""
    webhooks, total = asyncio.run(_list(state.database_url(data), Wanted(outcome, event), limit))
    if as_json:
        print_json({"total": total, "webhooks": [dataclasses.asdict(webhook) for webhook in webhooks]})
    elif webhooks:
        out.print(_table(webhooks))
        if total > len(webhooks):
            say(f"{total - len(webhooks)} more: see --limit")
    else:
        say("no such webhooks" if outcome or event else "no webhooks have come")


@app.command()
def show(webhook_id: Id, raw: Raw = False, data: Where = None, as_json: Json = False) -> None:
    """Show one with its body, in which the buyer's name, address, card and links are hidden."""
    webhook, content = asyncio.run(_show(state.database_url(data), webhook_id))
    if raw:
        typer.echo(content, nl=False)
    elif as_json:
        print_json(dataclasses.asdict(webhook) | {"body": _hidden(content)})
    else:
        for name, value in dataclasses.asdict(webhook).items():
            out.print(f"[bold]{name:<12}[/] {escape('–' if value in {None, ''} else str(value))}", soft_wrap=True)
        shown = json.dumps(_hidden(content), indent=1, ensure_ascii=False) if webhook.has_body else "forgotten"
        out.print(shown, markup=False, soft_wrap=True)


@app.command()
def replay(
    ids: Ids = None, outcome: OfOutcome = None, wait: Seconds = 30, data: Where = None, as_json: Json = False
) -> None:
    """Have billing work on webhooks again: those named, or all that ended so.

    What was applied already has no effect a second time. Prints what became of each, once billing has looked at it; it
    looks every 15 seconds.
    """
    if (outcome is None) == (not ids):
        raise typer.BadParameter("name webhooks, or an --outcome", param_hint="ID")
    replayed = asyncio.run(_replay(state.database_url(data), ids or [], outcome, wait))
    if as_json:
        print_json({"webhooks": [dataclasses.asdict(webhook) for webhook in replayed]})
    elif replayed:
        out.print(_table(replayed))
    else:
        say("no such webhooks")


async def _list(database_url: str, wanted: Wanted, limit: int) -> tuple[list[Webhook], int]:
    async with connected(database_url) as connection:
        return await newest(connection, wanted, limit)


async def _show(database_url: str, webhook_id: UUID) -> tuple[Webhook, bytes]:
    async with connected(database_url) as connection:
        [webhook] = await find(connection, [webhook_id])
        return webhook, await body(connection, webhook_id)


async def _replay(database_url: str, ids: Sequence[UUID], outcome: Outcome | None, wait_s: int) -> list[Webhook]:
    async with connected(database_url) as connection:
        chosen = await find(connection, ids) if ids else await _with_bodies(connection, outcome)
        await make_due(connection, chosen)
        with err.status(f"{len(chosen)} for billing") as status:
            due = [webhook.id for webhook in chosen]
            return await wait_for_billing(connection, due, wait_s, lambda n: status.update(f"{n} left for billing"))


def _table(webhooks: Sequence[Webhook]) -> Table:
    """Two columns: an id and a reason side by side are as much as a terminal holds."""
    table = Table("webhook", "what became of it", show_lines=True)
    for one in webhooks:
        event = f"{one.event} (reconciled)" if one.reconciled else one.event or "–"
        came = f"{event}\n{one.id}\n{one.received_at:%Y-%m-%d %H:%M:%S}"
        failures = f", {one.attempts} attempts failed" if one.attempts else ""
        table.add_row(escape(came), escape("\n".join(filter(None, (one.outcome + failures, one.reason)))))
    table.columns[0].no_wrap = True
    return table


def _hidden(content: bytes) -> JsonValue:
    try:
        return hidden(json.loads(content))
    except ValueError:
        return f"no JSON, {len(content)} bytes: see --body"


async def _with_bodies(connection: asyncpg.Connection, outcome: Outcome | None) -> list[Webhook]:
    webhooks, _ = await newest(connection, Wanted(outcome), MOST)
    return [webhook for webhook in webhooks if webhook.has_body]

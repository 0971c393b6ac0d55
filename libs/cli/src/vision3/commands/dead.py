"""vision3 dead"""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from common import dead_letters
from common.dead_letters import DeadLetter, Listing
from vision3 import state
from vision3.commands.options import Json, System, print_json
from vision3.terminal import out, say

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Look at the messages that nobody could handle, and send them again.",
)

Seq = Annotated[int, typer.Argument(metavar="SEQ", min=1, help="The dead letter's number, as `list` shows it.")]
MaybeSeq = Annotated[int | None, typer.Argument(metavar="[SEQ]", min=1, help="The dead letter's number.")]
Limit = Annotated[int, typer.Option("--limit", min=1, max=10_000, help="How many to list, the oldest first.")]
All = Annotated[bool, typer.Option("--all", help="All of them.")]


@app.command("list")
def list_dead(data: System = None, limit: Limit = 50, as_json: Json = False) -> None:
    """List the dead letters, the oldest first."""
    listing = asyncio.run(dead_letters.list_dead(_nats_url(data), limit))
    if as_json:
        print_json({"total": listing.total, "letters": [_facts(letter) for letter in listing.letters]})
    elif listing.total == 0:
        say("no dead letters")
    else:
        _print_table(listing)


@app.command()
def show(seq: Seq, data: System = None, as_json: Json = False) -> None:
    """Show one dead letter with the message as it came."""
    letter = asyncio.run(dead_letters.show(_nats_url(data), seq))
    if as_json:
        print_json(_facts(letter) | {"body": _text(letter.body), "body_base64": base64.b64encode(letter.body).decode()})
        return
    for name, value in _facts(letter).items():
        out.print(f"[bold]{name:<9}[/] {escape(str(value))}", soft_wrap=True)
    out.print(letter.body.decode(errors="backslashreplace"), markup=False, soft_wrap=True)


@app.command()
def replay(seq: MaybeSeq = None, everything: All = False, data: System = None, as_json: Json = False) -> None:
    """Send a dead letter's message again, or those of all; one that can't be handled comes back as a new letter."""
    if everything == (seq is not None):
        raise typer.BadParameter("name one dead letter, or --all", param_hint="SEQ")
    replayed = asyncio.run(_replay(_nats_url(data), seq))
    if as_json:
        print_json({"replayed": [_facts(letter) for letter in replayed]})
        return
    for letter in replayed:
        say(f"sent again: {letter.seq} to {letter.subject}")
    say(f"{len(replayed)} sent again")


async def _replay(nats_url: str, seq: int | None) -> list[DeadLetter]:
    if seq is None:
        return await dead_letters.replay_all(nats_url)
    return [await dead_letters.replay(nats_url, seq)]


def _nats_url(data: Path | None) -> str:
    return state.place(data).nats_url


def _print_table(listing: Listing) -> None:
    table = Table("seq", "when", "subject", "consumer", "reason", "detail")
    for letter in listing.letters:
        table.add_row(*(escape(str(value)) for value in _facts(letter).values()))
    out.print(table)
    if listing.total > len(listing.letters):
        say(f"{listing.total - len(listing.letters)} more: see --limit")


def _facts(letter: DeadLetter) -> dict[str, object]:
    return {
        "seq": letter.seq,
        "when": letter.at.isoformat(timespec="seconds"),
        "subject": letter.subject,
        "consumer": letter.consumer,
        "reason": letter.reason,
        "detail": letter.detail,
    }


def _text(body: bytes) -> str | None:
    """None when it is no text."""
    try:
        return body.decode()
    except UnicodeDecodeError:
        return None

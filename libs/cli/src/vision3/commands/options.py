"""Options that several commands share."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from vision3.data_dir import DEFAULT


def readable(text: str, hint: str) -> str:
    """The text, unless the terminal sent bytes that are no UTF-8."""
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise typer.BadParameter("is not valid UTF-8", param_hint=hint)
    return text


def print_json(document: Mapping[str, object]) -> None:
    typer.echo(json.dumps(document, indent=1, default=str))


Data = Annotated[Path, typer.Option("--data", metavar="DIR", help="The system's data directory.", show_default=False)]
System = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="DIR",
        help="The system's data directory. Without it, VISION3_DATABASE_URL and VISION3_NATS_URL say where, if set.",
        show_default=False,
    ),
]
Where = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="DIR",
        help="The system's data directory. Without it, VISION3_DATABASE_URL says where, if set.",
        show_default=False,
    ),
]
Who = Annotated[
    str,
    typer.Argument(
        metavar="USER",
        callback=lambda user: readable(user, "USER"),
        help="Our id, a Clerk id, an e-mail address, or a local user's name as `vision3 token --user` takes it.",
    ),
]
Yes = Annotated[bool, typer.Option("--yes", help="Don't ask.")]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out", metavar="DIR", file_okay=False, help="Where the pictures go (a new folder in out/ unless given)."
    ),
]
Count = Annotated[int | None, typer.Option("--count", min=3, max=5, help="How many pictures (4 unless given).")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else on stdout.")]
User = Annotated[
    str,
    typer.Option(
        "--user",
        metavar="NAME",
        callback=lambda name: readable(name, "--user"),
        help="The local user to act as; made on first sight.",
    ),
]
Imagers = Annotated[int, typer.Option("--imagers", min=0, max=32, help="How many imager processes (0: none here).")]

DEFAULT_DATA = DEFAULT

"""vision3 generate"""

from __future__ import annotations

import asyncio
import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from vision3 import state
from vision3.api import GenerationType
from vision3.commands.options import DEFAULT_DATA, Count, Data, Json, Out, User, readable
from vision3.data_dir import DataDir
from vision3.generation import OUT, Order
from vision3.ordering import run_order

app = typer.Typer(add_completion=False)


class Kind(StrEnum):
    """What to make."""

    THUMBNAIL = "thumbnail"
    TITLE = "title"


KINDS: dict[Kind, GenerationType] = {Kind.THUMBNAIL: "THUMBNAIL", Kind.TITLE: "TITLE"}

Prompt = Annotated[str, typer.Argument(metavar="PROMPT", help="What the video is about.")]
Type = Annotated[Kind, typer.Option("--type", help="Thumbnails and five titles, or five titles alone.")]


@app.command()
def generate(
    prompt: Prompt,
    data: Data = DEFAULT_DATA,
    user: User = "alice",
    kind: Type = Kind.THUMBNAIL,
    count: Count = None,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Make thumbnails and titles with the system that `vision3 up` runs, and save them."""
    if kind is Kind.TITLE and count is not None:
        raise typer.BadParameter("titles come in fives: leave it out", param_hint="--count")
    order = Order(checked(prompt), KINDS[kind], count, out if kind is Kind.TITLE else writable(out))
    asyncio.run(run_order(state.load(DataDir.at(data)), user, order, as_json=as_json))


def checked(prompt: str) -> str:
    """The gateway would say the same, only later."""
    if not prompt.strip():
        raise typer.BadParameter("say what the video is about", param_hint="PROMPT")
    return readable(prompt, "PROMPT")


def writable(out: Path | None) -> Path | None:
    """Where pictures will go, once they have been paid for."""
    folder = (out or OUT).absolute()
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    if not (nearest.is_dir() and os.access(nearest, os.W_OK)):
        raise typer.BadParameter(f"nothing can be written in {nearest}", param_hint="--out")
    return out

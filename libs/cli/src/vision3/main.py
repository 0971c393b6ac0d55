"""The `vision3` command."""

from __future__ import annotations

import sys

import typer

from common.errors import Vision3Error
from vision3.commands.check import check
from vision3.commands.demo import demo
from vision3.commands.generate import generate
from vision3.commands.migrate import migrate
from vision3.commands.test import test
from vision3.commands.token import token
from vision3.commands.up import up
from vision3.terminal import fail

PASS_THROUGH = {"allow_extra_args": True, "ignore_unknown_options": True}

app = typer.Typer(
    help="A video creator's prompt in, thumbnails and titles out.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_show_locals=False,
)
app.command()(demo)
app.command()(up)
app.command()(generate)
app.command()(token)
app.command()(migrate)
app.command(context_settings=PASS_THROUGH)(test)
app.command()(check)


def main() -> None:
    """Exit 0 done, 1 failed (one sentence on stderr), 2 wrong usage."""
    try:
        app()
    except Vision3Error as error:
        fail(str(error))
        sys.exit(1)

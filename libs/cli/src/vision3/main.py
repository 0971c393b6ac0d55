"""The `vision3` command."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from common.errors import Vision3Error
from vision3.terminal import fail

COMMANDS = (
    "demo",
    "up",
    "generate",
    "token",
    "status",
    "doctor",
    "dead",
    "credits",
    "costs",
    "webhooks",
    "reconcile",
    "retention",
    "migrate",
    "test",
    "check",
)


class Commands(TyperGroup):
    """A command is a file in `commands`, imported when it is asked for: `token` need not wait for what `demo` needs."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        command = get_command(import_module(f"vision3.commands.{cmd_name}").app)
        command.name = cmd_name
        return command


app = typer.Typer(cls=Commands, no_args_is_help=True, add_completion=False, pretty_exceptions_show_locals=False)


@app.callback()
def vision3() -> None:
    """A video creator's prompt in, thumbnails and titles out."""


def main() -> None:
    """Exit 0 done, 1 failed (one sentence on stderr), 2 wrong usage."""
    try:
        app()
    except Vision3Error as error:
        fail(str(error))
    except OSError as error:
        fail(f"{error.filename}: {error.strerror}" if error.filename else str(error))
    else:
        return
    sys.exit(1)

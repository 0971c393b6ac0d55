"""vision3 test"""

from __future__ import annotations

import os
import sys

import typer

from vision3.data_dir import CHECKOUT

WORKERS = min((os.cpu_count() or 1) + 1, 6)
"""Tests wait more than they compute. Each worker has servers of its own; a file's tests stay together."""

app = typer.Typer(add_completion=False)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def test(context: typer.Context) -> None:
    """Run the tests: all of them side by side, or what the arguments name; they go to pytest as they are."""
    os.chdir(CHECKOUT)
    wanted = context.args or ["--numprocesses", str(WORKERS), "--dist", "loadfile"]
    os.execv(sys.executable, [sys.executable, "-m", "pytest", *wanted])  # noqa: S606  # no shell wanted

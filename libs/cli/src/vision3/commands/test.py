"""vision3 test"""

from __future__ import annotations

import os
import sys

import typer

from vision3.data_dir import CHECKOUT

app = typer.Typer(add_completion=False)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def test(context: typer.Context) -> None:
    """Run the tests: all of them, or what the arguments name; they go to pytest as they are."""
    os.chdir(CHECKOUT)
    os.execv(sys.executable, [sys.executable, "-m", "pytest", *context.args])  # noqa: S606  # no shell wanted

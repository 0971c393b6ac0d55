"""vision3 token"""

from __future__ import annotations

import typer

from vision3 import state
from vision3.commands.options import DEFAULT_DATA, Data, User
from vision3.data_dir import DataDir
from vision3.tokens import minter

app = typer.Typer(add_completion=False)


@app.command()
def token(user: User = "alice", data: Data = DEFAULT_DATA) -> None:
    """Print a session token of 60 seconds, as Clerk makes them, for a local user of the running system."""
    typer.echo(minter(state.load(DataDir.at(data)), user)())

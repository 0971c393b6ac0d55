"""Where words go: progress and errors to stderr, results to stdout."""

from __future__ import annotations

from rich.console import Console

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def say(line: str) -> None:
    """One line about what happens."""
    err.print(line, style="dim", markup=False, soft_wrap=True)


def fail(message: str) -> None:
    """Why the command ends."""
    err.print(f"vision3: {message}", style="red", markup=False, soft_wrap=True)

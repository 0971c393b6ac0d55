"""How a person sees a generation: while it runs on stderr, what came of it on stdout."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from vision3.api import Generation
from vision3.generation import SHEET, Outcome
from vision3.terminal import err, out


class Watcher:
    """Tells of each picture as it arrives, and moves the bar."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress = progress
        self._task = task
        self._seen: set[object] = set()
        self._began = time.monotonic()

    def __call__(self, generation: Generation) -> None:
        for image in generation.images:
            self._tell(image.id, f"picture “{escape(image.headline)}”")
        if generation.titles:
            self._tell("titles", f"{len(generation.titles)} titles")
        done = generation.progress
        self._progress.update(self._task, total=done.requested, completed=done.settled)

    def _tell(self, what: object, line: str) -> None:
        if what not in self._seen:
            self._seen.add(what)
            self._progress.console.print(f"[green]✓[/] {line} [dim]{time.monotonic() - self._began:.1f} s[/]")


@contextmanager
def watching() -> Iterator[Watcher]:
    """A live bar for one generation, on stderr."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, transient=True) as progress:
        yield Watcher(progress, progress.add_task("generating", total=None))


def show(outcome: Outcome) -> None:
    """The result, for a person."""
    for number, title in enumerate(outcome.titles, start=1):
        out.print(f"[bold]{number}[/]  {escape(title)}", soft_wrap=True)
    for image in outcome.images:
        out.print(str(image.path), markup=False, soft_wrap=True)
    if outcome.images:
        out.print(str(outcome.images[0].path.with_name(SHEET)), markup=False, soft_wrap=True)
    timings = ", ".join(f"{name.replace('_', ' ')} {ms} ms" for name, ms in outcome.timings_ms.items())
    out.print(f"[dim]{outcome.credits_remaining} credits left · {timings}[/]", soft_wrap=True)

"""Keeps a set of processes running, in stages: started one after the other, stopped in the opposite order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from vision3.keeper import Job, Keeper


class Supervisor:
    """Start it and everything on the thread that lives longest: the processes die with it, even by kill -9.

    changed: called with the pids by name (None: waiting for the next start) whenever one changes. say: tells a person
    one line.
    """

    def __init__(self, changed: Callable[[dict[str, int | None]], None], say: Callable[[str], None]) -> None:
        self._changed = changed
        self._say = say
        self._stages: list[list[Keeper]] = []

    def pids(self) -> dict[str, int | None]:
        """By name, in the order of starting."""
        return {keeper.job.name: keeper.pid for stage in self._stages for keeper in stage}

    async def start(self, *jobs: Job) -> None:
        """One stage: all of it at once, until each works."""
        keepers = [Keeper(job, self._report, self._say) for job in jobs]
        self._stages.append(keepers)
        await asyncio.gather(*(keeper.ready() for keeper in keepers))

    async def stop(self) -> None:
        """The last stage first; one stage at once."""
        while self._stages:
            await asyncio.gather(*(keeper.stop() for keeper in self._stages[-1]))
            self._stages.pop()

    def _report(self) -> None:
        self._changed(self.pids())

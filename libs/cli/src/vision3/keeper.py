"""Keeps one process running: starts it, notices its end, starts it again a little later."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from vision3.servers.programs import Program, ServerError, tail

LOG_LIMIT_BYTES = 20 * 1024**2
FUTILE_STARTS = 3
READY_S = 60.0


def nothing() -> None:
    """No preparation."""


@dataclass(frozen=True, slots=True)
class Job:
    """A process to keep. `prepare` may block and comes before each start; `ready` says whether it works by now."""

    name: str
    log: Path
    program: Callable[[], Program]
    ready: Callable[[], Awaitable[bool]]
    prepare: Callable[[], None] = nothing
    grace_s: float = 10.0


@dataclass(slots=True)
class Backoff:
    """How long to wait before the next start: doubling, forgotten after a healthy while."""

    first_s: float = 0.2
    longest_s: float = 5.0
    healthy_s: float = 30.0
    _next_s: float = field(default=0.0, init=False)

    def after(self, lived_s: float) -> float:
        """The pause after a process that lived so long."""
        if lived_s >= self.healthy_s or self._next_s == 0.0:
            self._next_s = self.first_s
        pause_s, self._next_s = self._next_s, min(self._next_s * 2, self.longest_s)
        return pause_s


class Keeper:
    """One job and its present process. `changed` is called whenever the pid is another; `say` tells a person."""

    def __init__(self, job: Job, changed: Callable[[], None], say: Callable[[str], None]) -> None:
        self.job = job
        self.pid: int | None = None
        self._changed = changed
        self._say = say
        self._backoff = Backoff()
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = asyncio.Event()
        self._starts = 0
        self._task = asyncio.create_task(self._keep(), name=f"keep {job.name}")

    async def ready(self) -> None:
        """Returns once the job works; ServerError when it can't be made to."""
        give_up_at = time.monotonic() + READY_S
        while self.pid is None or not await self.job.ready():
            if self._starts > FUTILE_STARTS or time.monotonic() > give_up_at:
                raise ServerError(f"{self.job.name} did not start; the end of {self.job.log}:\n{tail(self.job.log)}")
            await asyncio.sleep(0.02)

    async def stop(self) -> None:
        """Asks the process to end, and ends it by force after the grace."""
        self._stopping.set()
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(self.job.program().stop_signal)
        done, _ = await asyncio.wait([self._task], timeout=self.job.grace_s)
        if not done and self._process is not None:
            self._say(f"{self.job.name} did not stop within {self.job.grace_s:.0f} s and was killed")
            self._process.kill()
        await self._task

    async def _keep(self) -> None:
        while not self._stopping.is_set():
            started_at = time.monotonic()
            ending = await self._run_once()
            if self._stopping.is_set():
                return
            pause_s = self._backoff.after(time.monotonic() - started_at)
            self._say(f"{self.job.name} {ending}; starting it again in {pause_s:.1f} s")
            await self._pause(pause_s)

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return

    async def _run_once(self) -> str:
        """Runs the process to its end, which it tells in a few words."""
        self._starts += 1
        try:
            await asyncio.to_thread(self.job.prepare)
            if self._stopping.is_set():
                return "was not started"
            self._process = await self._spawn()
        except (ServerError, OSError) as error:
            return f"could not be started ({error})"
        self._set_pid(self._process.pid)
        status = await self._process.wait()
        self._set_pid(None)
        return f"was killed by signal {-status}" if status < 0 else f"ended with status {status}"

    async def _spawn(self) -> asyncio.subprocess.Process:
        """On the loop's own thread: the process dies with the thread that starts it."""
        program = self.job.program()
        with rotated(self.job.log).open("ab") as log:
            return await asyncio.create_subprocess_exec(
                *program.command_line(),
                env=program.environment(),
                cwd=self.job.log.parent,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _set_pid(self, pid: int | None) -> None:
        self.pid = pid
        self._changed()


def rotated(log: Path) -> Path:
    """The log, begun anew when it has grown too long; one older one is kept."""
    if log.exists() and log.stat().st_size > LOG_LIMIT_BYTES:
        log.replace(log.with_suffix(".log.1"))
    return log

"""The supervisor, with tiny programs in the place of services."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.cli.processes import alive, eventually
from vision3.keeper import Backoff, Job
from vision3.servers.programs import Program, ServerError
from vision3.supervisor import Supervisor

OBEDIENT = """
import pathlib, signal, sys, time
name, journal = sys.argv[1:]
def stop(*_):
    with open(journal, "a") as file: file.write(f"{name}\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
print("hello from", name, flush=True)
pathlib.Path(f"{journal}.{name}").touch()
time.sleep(60)
"""
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
DOOMED = "import sys; sys.exit('no configuration')"


class World:
    """A supervisor and what it told."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.journal = folder / "journal"
        self.said: list[str] = []
        self.reports: list[dict[str, int | None]] = []
        self.supervisor = Supervisor(self.reports.append, self.said.append)

    def job(self, name: str, script: str = OBEDIENT, *, grace_s: float = 5.0) -> Job:
        log = self.folder / f"{name}.log"
        program = Program((sys.executable, "-c", script, name, str(self.journal)))

        async def ready() -> bool:
            return log.exists() and log.stat().st_size > 0

        return Job(name, log, lambda: program, ready, grace_s=grace_s)

    def pid(self, name: str) -> int:
        pid = self.supervisor.pids()[name]
        assert pid is not None
        return pid


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = World(tmp_path)
    yield world
    await world.supervisor.stop()


async def test_what_dies_is_started_again_and_the_new_pid_reported(world: World) -> None:
    await world.supervisor.start(world.job("one"))
    first = world.pid("one")
    os.kill(first, signal.SIGKILL)
    assert await soon(lambda: world.supervisor.pids()["one"] not in {first, None})
    assert not alive(first)
    assert {"one": None} in world.reports
    assert world.reports[-1] == {"one": world.pid("one")}
    assert world.said == ["one was killed by signal 9; starting it again in 0.2 s"]


async def test_stages_stop_in_the_opposite_order(world: World) -> None:
    await world.supervisor.start(world.job("database"))
    await world.supervisor.start(world.job("bus"))
    await world.supervisor.start(world.job("service"))
    assert await soon(lambda: all((world.folder / f"journal.{name}").exists() for name in world.supervisor.pids()))
    await world.supervisor.stop()
    assert world.journal.read_text().split() == ["service", "bus", "database"]


async def test_what_does_not_stop_in_its_grace_is_killed(world: World) -> None:
    await world.supervisor.start(world.job("stubborn", STUBBORN, grace_s=0.3))
    pid = world.pid("stubborn")
    began = time.monotonic()
    await world.supervisor.stop()
    assert time.monotonic() - began < 3
    assert not alive(pid)
    assert "was killed" in world.said[-1]


async def test_what_cannot_start_is_an_error_with_the_end_of_its_log(world: World) -> None:
    job = world.job("doomed", DOOMED)

    async def never() -> bool:
        return False

    with pytest.raises(ServerError, match=r"doomed did not start[\s\S]*no configuration"):
        await world.supervisor.start(Job(job.name, job.log, job.program, never))


async def test_output_goes_to_the_log(world: World) -> None:
    await world.supervisor.start(world.job("one"))
    assert (world.folder / "one.log").read_text() == "hello from one\n"


async def test_stopping_in_the_middle_of_a_pause_starts_nothing(world: World) -> None:
    await world.supervisor.start(world.job("one"))
    os.kill(world.pid("one"), signal.SIGKILL)
    assert await soon(lambda: world.supervisor.pids()["one"] is None)
    await world.supervisor.stop()
    assert world.supervisor.pids() == {}


def test_back_off_doubles_up_to_a_limit() -> None:
    backoff = Backoff()
    assert [backoff.after(0.1) for _ in range(7)] == [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]


def test_back_off_is_forgotten_after_a_healthy_while() -> None:
    backoff = Backoff()
    assert [backoff.after(lived_s) for lived_s in (0.1, 0.1, 31.0, 0.1)] == [0.2, 0.4, 0.2, 0.4]


async def soon(condition: Callable[[], bool]) -> bool:
    return await asyncio.to_thread(eventually, condition)

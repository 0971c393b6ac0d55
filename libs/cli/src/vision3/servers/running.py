"""Runs one server for as long as a `with` block."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from vision3.servers.programs import Server, ServerError, tail

START_S = 30.0
STOP_S = 15.0

AnyServer = TypeVar("AnyServer", bound=Server)


class Running:
    """A server's process. Not for the supervisor, which restarts by itself."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.process = self._start()

    @property
    def pid(self) -> int:
        return self.process.pid

    def kill(self) -> None:
        """As kill -9 does."""
        self.process.kill()
        self.process.wait()

    def restart(self) -> None:
        """Kills it and starts it again, on the same port and data."""
        self.kill()
        self.process = self._start()

    def stop(self) -> None:
        """Gracefully, and by force when that takes too long."""
        if self.process.poll() is None:
            self.process.send_signal(self.server.program().stop_signal)
        try:
            self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.kill()

    def _start(self) -> subprocess.Popen[bytes]:
        self.server.prepare()
        program = self.server.program()
        with self.server.log.open("ab") as log:
            process = subprocess.Popen(  # noqa: S603  # nothing here comes from outside
                program.command_line(),
                env=program.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._await_ready(process)
        return process

    def _await_ready(self, process: subprocess.Popen[bytes]) -> None:
        give_up_at = time.monotonic() + START_S
        while not self.server.ready():
            if process.poll() is not None or time.monotonic() > give_up_at:
                process.kill()
                process.wait()
                raise ServerError(f"{self.server.name} did not start:\n{tail(self.server.log)}")
            time.sleep(0.01)


@contextmanager
def running(server: AnyServer) -> Iterator[AnyServer]:
    """The server, ready; stopped at the end."""
    with started(server):
        yield server


@contextmanager
def started(server: Server) -> Iterator[Running]:
    """The server's process, ready; stopped at the end."""
    process = Running(server)
    try:
        yield process
    finally:
        process.stop()

"""What is started: a command line and the conditions under which it runs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from vision3.errors import CommandError

BECOME = Path(__file__).with_name("become.py")


class ServerError(CommandError):
    """A server that doesn't start, in one sentence for whoever started it."""


@dataclass(frozen=True, slots=True)
class Program:
    """One process.

    argv: the first is a path. env: added to ours. identity: see become.py. stop_signal: asks for a graceful end.
    death_signal: what the kernel sends when the starting thread ends, also by kill -9.
    """

    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    identity: str = "same"
    stop_signal: int = signal.SIGTERM
    death_signal: int = signal.SIGKILL

    def command_line(self) -> list[str]:
        """What to execute so that the program runs under its conditions, as a child of this process."""
        conditions = [str(os.getpid()), str(int(self.death_signal)), self.identity]
        return [sys.executable, "-I", "-S", str(BECOME), *conditions, *self.argv]

    def environment(self) -> dict[str, str]:
        """Ours and the program's own."""
        return {**os.environ, **self.env}

    def run(self, *, text: str = "", timeout_s: float = 60.0) -> subprocess.CompletedProcess[str]:
        """Runs a short-lived program to its end, with `text` as its input."""
        return subprocess.run(  # noqa: S603  # nothing here comes from outside
            self.command_line(),
            env=self.environment(),
            input=text,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout_s,
            check=False,
        )


class Server(Protocol):
    """What `running` and the supervisor need to know of a server."""

    @property
    def name(self) -> str: ...

    @property
    def log(self) -> Path:
        """Where its output goes."""
        ...

    def prepare(self) -> None:
        """Makes the folder fit for a start, also after a crash. Blocks; safe to repeat while the server is down."""
        ...

    def program(self) -> Program:
        """How to start it, once prepared."""
        ...

    def ready(self) -> bool:
        """Whether clients can use it now. Answers within milliseconds."""
        ...


def tail(log: Path, lines: int = 8) -> str:
    """The end of a log, for an error message."""
    if not log.exists():
        return "(no log)"
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])

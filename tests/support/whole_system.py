"""`vision3 up` as its users run it: a process of its own that can be hurt from outside."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from vision3.client import GatewayClient
from vision3.data_dir import DataDir
from vision3.sessions import client_for
from vision3.state import State, load

COMMAND = Path(sys.executable).parent / "vision3"
START_S = 60


@dataclass(frozen=True)
class WholeSystem:
    """A running system in `folder`."""

    folder: Path

    @property
    def state(self) -> State:
        return load(DataDir.at(self.folder))

    def as_user(self, name: str) -> GatewayClient:
        return client_for(self.state, name)

    def pid(self, name: str) -> int | None:
        """None while the supervisor waits for the next start."""
        document = json.loads((self.folder / "vision3.json").read_text())
        return {p["name"]: p["pid"] for p in document["processes"]}[name]

    def kill(self, name: str) -> bool:
        """kill -9; False when it is down just now."""
        pid = self.pid(name)
        if pid is None:
            return False
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return False
        return True


@contextmanager
def whole_system(
    folder: Path, *options: str, imagers: int = 2, env: dict[str, str] | None = None
) -> Iterator[WholeSystem]:
    arguments = [COMMAND, "up", "--data", folder, "--port", "0", "--imagers", str(imagers), *options]
    process = subprocess.Popen(
        [str(a) for a in arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | (env or {}),
    )
    try:
        assert process.stdout is not None
        if not process.stdout.readline().startswith("ready "):
            raise RuntimeError(f"the system did not start: {process.stderr.read() if process.stderr else ''}")
        yield WholeSystem(folder)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.communicate(timeout=START_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def wait_for(condition, what: str, *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds:.0f} s in vain for {what}")
        time.sleep(0.1)

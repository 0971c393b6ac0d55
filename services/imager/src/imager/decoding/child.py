"""One process that opens pictures, as the imager sees it."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from contextlib import suppress
from typing import IO, cast

from PIL import Image

from imager.decoding import wire
from imager.decoding.background import HEIGHT, WIDTH
from imager.decoding.errors import BackgroundError
from imager.decoding.limits import Limits

KEPT_VARIABLES = ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "LD_LIBRARY_PATH")
"""What Python needs to find the same modules. No child sees passwords and keys."""
GLIBC = {"MALLOC_MMAP_THRESHOLD_": str(8 * 1024 * 1024), "MALLOC_TRIM_THRESHOLD_": str(64 * 1024 * 1024)}
"""It keeps the pages of a usual picture for the next, and gives those of a large one back at once. As it comes it gives
all back each time, and a third of the speed is lost."""
ALARM_MARGIN_S = 5.0
MAX_REFUSAL_BYTES = 1000
PIPE_BYTES = 1024 * 1024
"""Instead of 64 kB: pixels come in 1 ms instead of 4."""


class ChildNotStarted(Exception):
    """No picture's fault: later it may work."""


class ChildDied(Exception):
    """It may be the picture's fault, and it may not."""


class Child:
    """Lives until `end`, or until a picture kills it."""

    def __init__(self, limits: Limits) -> None:
        options = (str(limits.memory_bytes), str(limits.wall_s + ALARM_MARGIN_S))
        self._process = subprocess.Popen(  # noqa: S603  # nothing here comes from outside
            [sys.executable, "-P", "-W", "ignore", "-m", "imager.decoding.worker", *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=GLIBC | {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ},
        )
        self._requests = _widened(self._process.stdin)
        self._answers = _widened(self._process.stdout)

    def await_ready(self) -> None:
        """Blocks until pictures can be opened: what comes before that is not held against the first of them."""
        try:
            wire.read(self._answers, len(wire.READY))
        except (OSError, EOFError, ValueError) as error:
            raise ChildNotStarted from error

    def open(self, data: bytes) -> Image.Image | BackgroundError:
        """The picture or its refusal. Blocks; `kill` from another thread ends that. Raises ChildDied."""
        try:
            wire.write(self._requests, data)
            return self._answer()
        except (OSError, EOFError, ValueError) as error:  # ValueError: an answer that no child of ours would give
            raise ChildDied from error

    def _answer(self) -> Image.Image | BackgroundError:
        refusal = wire.read(self._answers, MAX_REFUSAL_BYTES)
        if refusal:
            code, detail = refusal.decode().split("\n")
            return BackgroundError(code, detail)
        return Image.frombytes("RGB", (WIDTH, HEIGHT), wire.read(self._answers, WIDTH * HEIGHT * 3))

    def has_ended(self) -> bool:
        """While it was idle, say: where memory runs out, Linux takes children first, and all of them."""
        return self._process.poll() is not None

    def kill(self) -> None:
        """Doesn't block."""
        self._process.kill()

    def end(self) -> None:
        """Until nothing is left of it."""
        self.kill()
        with suppress(OSError), self._process:  # closing flushes, and nobody reads any more
            pass


def _widened(pipe: IO[bytes] | None) -> IO[bytes]:
    stream = cast("IO[bytes]", pipe)
    if sys.platform == "linux":
        with suppress(OSError):  # a user's pipes may hold so much in all
            fcntl.fcntl(stream, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    return stream

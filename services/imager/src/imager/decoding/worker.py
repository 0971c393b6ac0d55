"""What runs in a child: `python -m imager.decoding.worker <memory in bytes> <seconds>`.

It ends when its input ends or nobody reads its answers: with the imager, however that may end. While it hangs in C it
notices neither, but an alarm without a handler ends the process even there.
"""

from __future__ import annotations

import resource
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO

from imager.decoding import wire
from imager.decoding.background import open_background
from imager.decoding.errors import BackgroundError


def main(memory_bytes: int, alarm_s: float) -> None:
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    _confine(memory_bytes)
    wire.write(answers, wire.READY)
    with suppress(EOFError):
        while True:
            _answer(wire.read(requests), answers, alarm_s)


def _confine(memory_bytes: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the imager's to handle
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))
    with suppress(OSError):  # not everywhere: where memory runs out, Linux should take a child and not the imager
        Path("/proc/self/oom_score_adj").write_text("1000")


def _answer(data: bytes, answers: IO[bytes], alarm_s: float) -> None:
    signal.setitimer(signal.ITIMER_REAL, alarm_s)
    refusal, pixels = _opened(data)
    signal.setitimer(signal.ITIMER_REAL, 0)
    wire.write(answers, refusal)
    if not refusal:
        wire.write(answers, pixels)


def _opened(data: bytes) -> tuple[bytes, bytes]:
    try:
        return b"", open_background(data).tobytes()
    except BackgroundError as refused:
        return f"{refused.code}\n{refused.detail}".encode(), b""


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))

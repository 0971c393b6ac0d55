"""Imager and child talk in frames: a length, then so many bytes.

A child says by an empty frame that it is ready. A request is one frame, the picture as it came. An answer is a frame
with the refusal, empty if there is none; in that case another one follows, with the pixels.
"""

from __future__ import annotations

import struct
from typing import IO

READY = b""
LENGTH = struct.Struct("!I")


def write(stream: IO[bytes], data: bytes) -> None:
    stream.write(LENGTH.pack(len(data)))
    stream.write(data)
    stream.flush()


def read(stream: IO[bytes], limit: int = 2**32) -> bytes:
    """Raises EOFError when the other side is gone or says what it never would."""
    (length,) = LENGTH.unpack(_exactly(stream, LENGTH.size))
    if length > limit:
        raise EOFError(f"a frame of {length} bytes")
    return _exactly(stream, length)


def _exactly(stream: IO[bytes], count: int) -> bytes:
    data = stream.read(count)
    if len(data) < count:
        raise EOFError("the stream ended")
    return data

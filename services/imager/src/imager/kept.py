"""How a background is kept: a line of JSON that says whose it is and what it cost, then the bytes as they came.

One object, so that whoever finds it after a crash knows both or nothing.
"""

from __future__ import annotations

import json

Facts = dict[str, object]

_OPENING = b"{"
"""No picture begins with it. One without such a line was kept by an earlier version."""


def packed(data: bytes, facts: Facts) -> bytes:
    return json.dumps(facts).encode() + b"\n" + data


def unpacked(stored: bytes) -> tuple[bytes, Facts]:
    if not stored.startswith(_OPENING):
        return stored, {}
    line, _, data = stored.partition(b"\n")
    return data, json.loads(line)

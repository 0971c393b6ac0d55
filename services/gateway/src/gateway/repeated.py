"""Headers that come several times: most frameworks, ours too, read the first and pass over the rest."""

from __future__ import annotations

from fastapi import Request

from common.problems import invalid


def only_value(request: Request, name: str) -> str | None:
    """Of a header that has one. The same again is the same; raises the 422 for different ones."""
    values = set(request.headers.getlist(name))
    if len(values) > 1:
        raise invalid(name, "repeated", "Must have one value")
    return next(iter(values), None)


def whole_list(request: Request, name: str) -> str:
    """Of a header that is a list, whose lines are parts of it (RFC 9110, 5.3)."""
    return ", ".join(request.headers.getlist(name))

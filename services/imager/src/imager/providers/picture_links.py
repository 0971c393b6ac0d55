"""Pictures that an answer links to: fetched from origins that the operator has named, and from nowhere else.

An address in an answer is a stranger's: it could name a machine of ours. So nothing is resolved or asked before its
origin is found in the list, and a redirect, to wherever it leads, is a failure.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import httpx2
import structlog

from vendors import answers, errors

log = structlog.get_logger()


def origins(value: str | tuple[str, ...]) -> tuple[str, ...]:
    """A comma list of `https://host[:port]`. Raises ValueError."""
    named = tuple(filter(None, (name.strip() for name in value.split(",")))) if isinstance(value, str) else value
    if any(name != origin_of(name) for name in named):
        raise ValueError("must be a comma list of https://host[:port]")
    return named


def origin_of(link: str) -> str | None:
    """None for what is no address of a picture."""
    try:
        parts = urlsplit(link)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc or "\\" in link:
        return None
    return f"{parts.scheme}://{parts.hostname}" + (f":{port}" if port else "")


async def fetched(client: httpx2.AsyncClient, link: str, allowed: tuple[str, ...]) -> httpx2.Response:
    """The answer at `link`, without our key. Raises Transient for an origin that is not allowed, for redirects, and
    when there is nothing: what a store of pictures refuses says nothing of our key or model."""
    if origin_of(link) not in allowed:
        log.warning("provider.foreign_link")
        raise errors.garbled()
    try:
        response = await answers.ask(client, "GET", link)
    except httpx2.InvalidURL as unreadable:
        raise errors.garbled() from unreadable
    if not response.is_success:
        log.warning("provider.dead_link", status=response.status_code)
        raise errors.garbled()
    return response

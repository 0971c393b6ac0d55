"""The two ways to follow over HTTP: one answer that waits for news, and a stream of all news."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, aclosing

import structlog
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gateway.auth import User
from gateway.feeds import Follower
from gateway.states import State

log = structlog.get_logger()

STREAM_S = 60.0
GRACE_S = 1.0
"""How much later than its end a stream is given up whose client does not read."""
POLL_AGAIN_S = 1
ALIVE = b": alive\n\n"

Follow = Callable[[], AbstractContextManager[Follower]]


async def next_state(follow: Follow, user: User, wait_s: int, if_none_match: str | None) -> State:
    """Once it differs from the one that is known; otherwise once it is settled, or when the wait is over."""

    def is_news(state: State) -> bool:
        return if_none_match is not None and not state.is_known(if_none_match)

    with follow() as follower:
        latest = await follower.now()
        ends_at = _ends_at(user, 0 if is_news(latest) else wait_s)
        async with aclosing(follower.later(latest, ends_at)) as later:
            async for state in later:
                latest = state or latest
                if is_news(latest):
                    break
    return latest


def answer(state: State, if_none_match: str | None, *, waited: bool) -> Response:
    """304 for what is known; after a wait in vain the state itself, which tells that the wait is over."""
    headers = {"ETag": state.etag, "Cache-Control": "private, no-cache"}
    if not state.settled:
        headers["Retry-After"] = str(POLL_AGAIN_S)
    if state.is_known(if_none_match) and (state.settled or not waited):
        return Response(status_code=304, headers=headers)
    return Response(state.body, headers=headers, media_type="application/json")


class EventStream(Response):
    """Server-sent events of one name: the state now, then every other one, until it is settled or the time is over."""

    media_type = "text/event-stream"

    def __init__(self, event: str, follow: Follow, user: User) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["Content-Length"]
        self._event = event.encode()
        self._follow = follow
        self._user = user

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        ends_at = _ends_at(self._user, STREAM_S)
        with self._follow() as follower:
            leaving = asyncio.create_task(_leave_with_client(receive, follower))
            try:
                async with asyncio.timeout_at(ends_at + GRACE_S):
                    await self._tell(follower, ends_at, send)
            except TimeoutError:
                log.info("follower.dropped", reason="does not read")
            finally:
                leaving.cancel()

    async def _tell(self, follower: Follower, ends_at: float, send: Send) -> None:
        """A Problem instead of the first state is an answer of its own."""
        first = await follower.now()
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        await send(_piece(self._written(first)))
        async with aclosing(follower.later(first, ends_at)) as later:
            async for state in later:
                await send(_piece(self._written(state) if state else ALIVE))
        await send({"type": "http.response.body"})

    def _written(self, state: State) -> bytes:
        return b"event: %b\nid: %b\ndata: %b\n\n" % (self._event, state.etag.encode(), state.body)


async def _leave_with_client(receive: Receive, follower: Follower) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    follower.leave()


def _piece(data: bytes) -> dict[str, object]:
    return {"type": "http.response.body", "body": data, "more_body": True}


def _ends_at(user: User, at_most_s: float) -> float:
    """By the loop's clock. A token that expires ends what it allowed: its bearer comes again with a fresh one."""
    left_s = min(user.token_ends_at, time.time() + at_most_s) - time.time()
    return asyncio.get_running_loop().time() + left_s

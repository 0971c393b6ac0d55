"""Headers that stand on every answer, also on those that no route gave."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

ADDED = "gateway.answer_headers"

SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Where a route says something else (a picture may be kept), it knows better."""

RAW = [(name.lower().encode(), value.encode()) for name, value in SECURITY.items()]


def add_header(scope: Scope, name: str, value: str) -> None:
    """For this request's answer, whatever it will be."""
    scope[ADDED].append((name.lower().encode(), value.encode()))


class AnswerHeaders:
    """Pure ASGI."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        added: list[tuple[bytes, bytes]] = []
        scope[ADDED] = added

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                said = {name for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *added, *(pair for pair in RAW if pair[0] not in said)]
            await send(message)

        await self._app(scope, receive, send_with_headers)

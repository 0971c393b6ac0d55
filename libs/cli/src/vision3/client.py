"""A client of the gateway's REST API."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self
from uuid import UUID

import httpx2
from pydantic import ValidationError

from vision3.api import Accepted, Generation, GenerationType, Image, Me, Problem
from vision3.errors import CommandError

TOKEN_REUSE_S = 45.0
WAIT_S = 25
TIMEOUT_S = 30.0


class ApiError(CommandError):
    """The gateway said no. `code` is the stable part of its answer ('' when it gave none)."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(f"the gateway answered {' '.join(filter(None, (str(status), code)))}: {detail}")
        self.status = status
        self.code = code


class Unreachable(CommandError):
    """No answer at all."""


class GatewayClient:
    """As one user. mint: gives a fresh session token of a minute; called again before one expires."""

    def __init__(self, gateway_url: str, mint: Callable[[], str]) -> None:
        self._http = httpx2.AsyncClient(base_url=gateway_url, timeout=TIMEOUT_S, trust_env=False)
        self._mint = mint
        self._token = ""
        self._token_until = 0.0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def me(self) -> Me:
        return Me.model_validate(await self._json("GET", "/api/me"))

    async def leave(self) -> None:
        """Deletes the account, for good."""
        await self._authorized("DELETE", "/api/me", json={"confirm": "delete my account"})

    async def checkout_url(self, **offer: str) -> str:
        """Where to buy plan="…" or pack="…", which are ids of what is sold."""
        return str((await self._json("POST", "/api/me/checkout", json=offer))["url"])

    async def generate(
        self, prompt: str, kind: GenerationType = "THUMBNAIL", count: int | None = None, *, key: str | None = None
    ) -> Accepted:
        """key: the same key never charges twice; a fresh one unless given. count: of pictures, not for TITLE."""
        body: dict[str, Any] = {"prompt": prompt, "type": kind}
        if count is not None:
            body["count"] = count
        headers = {"Idempotency-Key": key or str(uuid.uuid4())}
        return Accepted.model_validate(await self._json("POST", "/api/generations", json=body, headers=headers))

    async def generation(self, generation_id: UUID) -> Generation:
        return Generation.model_validate(await self._json("GET", f"/api/generations/{generation_id}"))

    async def news(self, generation_id: UUID, known: str | None) -> tuple[Generation, str]:
        """The generation, with the ETag that names its state. known: the last ETag, to be told of another state only,
        or after WAIT_S; None: now."""
        wait = {} if known is None else {"wait": WAIT_S}
        headers = {"If-None-Match": known} if known else {}
        answer = await self._authorized("GET", f"/api/generations/{generation_id}", params=wait, headers=headers)
        return Generation.model_validate_json(answer.content), answer.headers.get("ETag", "")

    async def edit(self, artifact_id: UUID, new_text: str) -> Image:
        """The picture with another headline; the original stays."""
        body = {"action": "REPLACE_TEXT", "new_text": new_text}
        return Image.model_validate(await self._json("POST", f"/api/artifacts/{artifact_id}/edit", json=body))

    async def download(self, image: Image) -> bytes:
        """The picture's file; its address is signed, so no token is shown to whoever stores it."""
        return (await self._send("GET", image.url, follow_redirects=True)).content

    async def _json(self, method: str, path: str, **options: Any) -> Any:
        return (await self._authorized(method, path, **options)).json()

    async def _authorized(
        self, method: str, path: str, *, headers: dict[str, str] | None = None, **options: Any
    ) -> httpx2.Response:
        authorized = {"Authorization": f"Bearer {self._fresh_token()}", **(headers or {})}
        return await self._send(method, path, headers=authorized, **options)

    def _fresh_token(self) -> str:
        if time.monotonic() >= self._token_until:
            self._token = self._mint()
            self._token_until = time.monotonic() + TOKEN_REUSE_S
        return self._token

    async def _send(self, method: str, url: str, **options: Any) -> httpx2.Response:
        try:
            response = await self._http.request(method, url, **options)
        except httpx2.HTTPError as error:
            raise Unreachable(f"the gateway at {self._http.base_url} can't be reached ({error!r})") from error
        if not response.is_success:
            raise _problem(response)
        return response


def _problem(response: httpx2.Response) -> ApiError:
    """From problem+json, or from whatever stands in between and knows no better."""
    try:
        problem = Problem.model_validate_json(response.content)
    except ValidationError:
        return ApiError(response.status_code, "", response.reason_phrase)
    return ApiError(response.status_code, problem.code, problem.explanation)

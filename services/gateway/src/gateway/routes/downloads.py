"""Files to take away: a generation, or all that is held on somebody."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from common.problems import not_found
from gateway import archive, queries
from gateway.answers import LIMITED, binary, problems, success
from gateway.export import Export
from gateway.parts import Gateway, LimitedUser

router = APIRouter(prefix="/api")


@router.get(
    "/generations/{generation_id}/download",
    tags=["generations"],
    response_class=StreamingResponse,
    responses={
        **success(200, "The file", *LIMITED, "Content-Disposition", content=binary("application/zip")),
        **problems("not_found"),
    },
)
async def download_generation(gateway: Gateway, user: LimitedUser, generation_id: UUID) -> StreamingResponse:
    """A ZIP: every picture, `titles.txt`, and `manifest.json` with all that is known of them."""
    row = await queries.generation(gateway.db, user.id, generation_id)
    if row is None:
        raise not_found()
    return await _file(f"vision3-{generation_id}.zip", archive.stream(gateway.views.generation(row), gateway.store))


@router.get(
    "/me/export",
    tags=["account"],
    response_class=StreamingResponse,
    responses={
        **success(200, "The file", *LIMITED, "Content-Disposition", content=binary("application/zip")),
        **problems(),
    },
)
async def export_me(gateway: Gateway, user: LimitedUser) -> StreamingResponse:
    """A ZIP of everything that is held on you: account, plans, ledger, and each generation with its pictures.

    Its `README.txt` says which file is what.
    """
    return await _file("vision3-export.zip", Export(gateway.db, gateway.store, gateway.views, user.id).stream())


async def _file(name: str, pieces: AsyncIterator[bytes]) -> StreamingResponse:
    first = await anext(pieces)  # before the answer begins: a store that is away is a 503, not half a file
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(_behind(first, pieces), headers=headers, media_type="application/zip")


async def _behind(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in rest:
        yield piece

"""A generation to take away, as one file."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from common.problems import not_found
from gateway import archive, queries
from gateway.answers import LIMITED, binary, problems, success
from gateway.parts import Gateway, LimitedUser

router = APIRouter(prefix="/api/generations", tags=["generations"])


@router.get(
    "/{generation_id}/download",
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
    pieces = archive.stream(gateway.views.generation(row), gateway.store)
    first = await anext(pieces)  # before the answer begins: a store that is away is a 503, not half a file
    headers = {"Content-Disposition": f'attachment; filename="vision3-{generation_id}.zip"'}
    return StreamingResponse(_behind(first, pieces), headers=headers, media_type="application/zip")


async def _behind(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in rest:
        yield piece

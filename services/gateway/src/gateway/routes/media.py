"""Pictures, for whoever holds a signed address."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request, Response

from common.problems import not_found
from gateway.answers import binary, problems, success
from gateway.parts import Gateway

router = APIRouter(tags=["media"])

ANSWERS = {
    **success(200, "The picture", "ETag", "Content-Disposition", content=binary("image/jpeg")),
    **success(304, "It is as you know it", "ETag"),
    **problems("not_found", anonymous=True),
}


@router.head("/media/{artifact_id}", response_class=Response, responses=ANSWERS)
@router.get("/media/{artifact_id}", response_class=Response, responses=ANSWERS)
async def show_picture(gateway: Gateway, request: Request, artifact_id: UUID, e: str = "", s: str = "") -> Response:
    """The bytes of a picture, under an address as `url` gives it: signed, for one to two hours, without a token."""
    picture = gateway.links.check(artifact_id, e, s)
    data = await gateway.store.get(picture.key) if picture else None
    if picture is None or data is None:
        raise not_found()
    headers = {
        "Cache-Control": f"private, max-age={picture.max_age_s}, immutable",
        "ETag": f'"{artifact_id}"',
        "X-Content-Type-Options": "nosniff",
        "Content-Disposition": f'inline; filename="vision3-{artifact_id}.jpg"',
    }
    if request.headers.get("If-None-Match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(data, headers=headers, media_type="image/jpeg")

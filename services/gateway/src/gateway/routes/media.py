"""Pictures, for whoever holds a signed address."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request, Response

from common.problems import not_found
from common.storage import LINK_S
from gateway.answers import binary, problems, success
from gateway.media import Picture
from gateway.parts import Gateway, Parts
from gateway.repeated import whole_list
from gateway.states import is_known

router = APIRouter(tags=["media"])

REDIRECT_S = LINK_S - 60
"""How long a redirect may be used again: whoever does so at the last moment still has a minute."""

ANSWERS = {
    **success(200, "The picture", "ETag", "Content-Disposition", content=binary("image/jpeg")),
    **success(302, "The object store has it; its address is for five minutes", "Location"),
    **success(304, "It is as you know it", "ETag"),
    **problems("not_found", anonymous=True),
}


@router.head("/media/{artifact_id}", response_class=Response, responses=ANSWERS)
@router.get("/media/{artifact_id}", response_class=Response, responses=ANSWERS)
async def show_picture(gateway: Gateway, request: Request, artifact_id: UUID, e: str = "", s: str = "") -> Response:
    """A picture, under an address as `url` gives it: signed, for one to two hours, without a token.

    Its bytes, or a redirect to them where the object store answers browsers itself.
    """
    picture = gateway.links.check(artifact_id, e, s)
    if picture is None:
        raise not_found()
    # An address is signed for one method: a HEAD that follows a redirect for GET would be refused.
    link = await gateway.store.link(picture.key, head=request.method == "HEAD")
    return _redirect(picture, link) if link else await _bytes(gateway, request, artifact_id, picture)


def _redirect(picture: Picture, link: str) -> Response:
    max_age_s = min(picture.max_age_s, REDIRECT_S)
    return Response(status_code=302, headers={"Location": link, "Cache-Control": f"private, max-age={max_age_s}"})


async def _bytes(gateway: Parts, request: Request, artifact_id: UUID, picture: Picture) -> Response:
    data = await gateway.store.get(picture.key)
    if data is None:
        raise not_found()
    headers = {
        "Cache-Control": f"private, max-age={picture.max_age_s}, immutable",
        "ETag": f'"{artifact_id}"',
        "X-Content-Type-Options": "nosniff",
        "Content-Disposition": f'inline; filename="vision3-{artifact_id}.jpg"',
    }
    if is_known(headers["ETag"], whole_list(request, "If-None-Match")):
        return Response(status_code=304, headers=headers)
    return Response(data, headers=headers, media_type="image/jpeg")

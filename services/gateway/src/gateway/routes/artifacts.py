"""Artifacts: another text on a picture."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends

from gateway import use_cases
from gateway.answers import LIMITED, problems, success
from gateway.bodies import documented_body, json_body
from gateway.parts import Gateway, LimitedUser
from gateway.schemas import Edit, Image

router = APIRouter(prefix="/api/artifacts", tags=["artifacts"])


@router.post(
    "/{artifact_id}/edit",
    status_code=201,
    responses={
        **success(201, "The picture with the new text", *LIMITED),
        **problems("not_found", "not_editable", "invalid_request", "editor_unavailable"),
    },
    openapi_extra=documented_body(Edit),
)
async def edit_artifact(
    gateway: Gateway, user: LimitedUser, artifact_id: UUID, edit: Annotated[Edit, Depends(json_body(Edit))]
) -> Image:
    """Another text on a picture. No new picture is made, nothing is charged, and the old one stays.

    The same text on the same picture answers the same artifact.
    """
    async with gateway.db.tx_as(user.id) as tx:
        await use_cases.editable_picture(tx, artifact_id)
    edited_id = await gateway.editor.edit(artifact_id, edit)
    async with gateway.db.tx_as(user.id) as tx:
        return gateway.views.image(await use_cases.editable_picture(tx, edited_id))

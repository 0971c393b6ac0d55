"""Artifacts: another text on a picture."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends

from common import requests
from common.bus import NoAnswer
from common.errors import Problem
from gateway import queries, use_cases
from gateway.bodies import json_body
from gateway.parts import CurrentUser, Gateway
from gateway.problems import not_found
from gateway.schemas import Edit, Image

router = APIRouter(prefix="/api/artifacts")

EDITOR_TIMEOUT_S = 8.0


@router.post("/{artifact_id}/edit", status_code=201)
async def edit_artifact(
    gateway: Gateway, user: CurrentUser, artifact_id: UUID, edit: Annotated[Edit, Depends(json_body(Edit))]
) -> Image:
    async with gateway.db.tx_as(user.id) as tx:
        await use_cases.check_editable(tx, artifact_id)
    request = requests.EditRequest(artifact_id=artifact_id, action=edit.action, new_text=edit.new_text)
    try:
        result = await gateway.bus.request(requests.EDIT, request, timeout_s=EDITOR_TIMEOUT_S)
    except NoAnswer:
        raise Problem(503, "editor_unavailable", "no editor answered; nothing was changed") from None
    reply = requests.EditReply.model_validate(result)
    async with gateway.db.tx_as(user.id) as tx:
        row = await queries.artifact(tx, reply.artifact_id)
    if row is None:
        raise not_found()
    return gateway.views.image(row)

"""The picture editor, which is whichever imager answers first."""

from __future__ import annotations

from uuid import UUID

from common import requests
from common.bus import Bus, NoAnswer
from common.errors import Problem
from common.problems import invalid
from gateway.schemas import Edit

TIMEOUT_S = 8.0


class Editor:
    """Asked with no transaction open: an answer may take seconds."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def edit(self, artifact_id: UUID, edit: Edit) -> UUID:
        """The artifact with the new text. Raises the imager's Problem, or 503 when none answers in time."""
        request = requests.EditRequest(artifact_id=artifact_id, action=edit.action, new_text=edit.new_text)
        try:
            result = await self._bus.request(requests.EDIT, request, timeout_s=TIMEOUT_S)
        except Problem as problem:
            raise invalid("new_text", "not_settable", problem.detail) if problem.status == 422 else problem from None
        except NoAnswer:
            raise Problem(503, "editor_unavailable", "no editor answered in time; please try again") from None
        return requests.EditReply.model_validate(result).artifact_id

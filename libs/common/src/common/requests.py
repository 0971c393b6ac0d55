"""Request/reply over core NATS: the subjects, what is asked and what is answered. In no stream, and never logged."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from common.errors import Problem

EDIT = "imager.edit.v1"


class ProblemBody(BaseModel):
    """A refusal, as the caller's client will see it."""

    status: int
    code: str
    detail: str

    def to_problem(self) -> Problem:
        return Problem(self.status, self.code, self.detail)


class Answer(BaseModel):
    """What comes back: a result, or the problem that stands in its way."""

    result: dict[str, object] | None = None
    problem: ProblemBody | None = None


class EditRequest(BaseModel):
    """The gateway asks an imager for another text on a picture. The gateway has checked whose picture it is."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    artifact_id: UUID
    action: Literal["REPLACE_TEXT"]
    new_text: str


class EditReply(BaseModel):
    """The artifact that holds the text now: a new one, or the one that an equal edit made before."""

    artifact_id: UUID

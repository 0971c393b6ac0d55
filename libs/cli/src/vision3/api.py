"""The gateway's answers, as far as the command needs them; fields that are added later don't matter."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Discriminator

GenerationType = Literal["THUMBNAIL", "TITLE"]


class Failure(BaseModel):
    """Why something was not delivered."""

    code: str
    detail: str


class Image(BaseModel):
    """A finished thumbnail. url: signed, relative to nothing. headline: its text layer."""

    id: UUID
    type: Literal["IMAGE"]
    parent_id: UUID | None
    url: str
    width: int
    height: int
    bytes: int
    headline: str


class Title(BaseModel):
    """A finished title."""

    id: UUID
    type: Literal["TEXT"]
    text: str


class Progress(BaseModel):
    """Of the pictures, or 1 for titles alone."""

    requested: int
    settled: int


class Generation(BaseModel):
    """One prompt and what came of it."""

    id: UUID
    type: GenerationType
    status: Literal["PENDING", "COMPLETED", "FAILED"]
    failure: Failure | None
    progress: Progress
    artifacts: list[Annotated[Image | Title, Discriminator("type")]]

    @property
    def images(self) -> list[Image]:
        """The originals, in order."""
        return [artifact for artifact in self.artifacts if isinstance(artifact, Image) and artifact.parent_id is None]

    @property
    def titles(self) -> list[str]:
        return [artifact.text for artifact in self.artifacts if isinstance(artifact, Title)]


class Accepted(BaseModel):
    """A generation that will end, one way or the other."""

    generation_id: UUID
    status: str
    credits_remaining: int


class Me(BaseModel):
    """The caller's account."""

    id: UUID
    email: str | None
    subscription_tier: str
    credits_remaining: int


class FieldError(BaseModel):
    """What is wrong with one field of a request."""

    field: str
    message: str


class Problem(BaseModel):
    """RFC 9457, with the gateway's stable code."""

    code: str
    detail: str = ""
    errors: list[FieldError] = []

    @property
    def explanation(self) -> str:
        """For a person: field by field, where the gateway says so."""
        return "; ".join(f"{error.field}: {error.message}" for error in self.errors) or self.detail

"""What clients send and get. Requests are strict: nothing unknown, nothing converted."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Generic, Literal, Self, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, WithJsonSchema, field_validator, model_validator
from pydantic.config import JsonDict
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import PydanticCustomError

from gateway.text import documented_text, person_text

PROMPT_LONGEST = 2000
HEADLINE_LONGEST = 80

GenerationType = Literal["THUMBNAIL", "TITLE"]
Status = Literal["PENDING", "COMPLETED", "FAILED"]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


COUNTS: JsonDict = {"enum": [3, 4, 5]}
COUNTS_THUMBNAILS: JsonDict = {
    "if": {"properties": {"type": {"const": "TITLE"}}, "required": ["type"]},
    "then": {"properties": {"count": False}},
}


class NewGeneration(Body):
    """`count` is the number of thumbnails, each of which costs a credit; titles alone cost one."""

    model_config = ConfigDict(json_schema_extra=COUNTS_THUMBNAILS)

    prompt: Annotated[str, person_text(PROMPT_LONGEST), documented_text(PROMPT_LONGEST)]
    type: GenerationType
    count: Annotated[int, Field(ge=3, le=5), WithJsonSchema(COUNTS)] = 4

    @field_validator("count")
    @classmethod
    def _counts_thumbnails(cls, value: int, info: ValidationInfo) -> int:
        if info.data.get("type") == "TITLE":
            raise PydanticCustomError("not_for_titles", "Only a THUMBNAIL generation has a count")
        return value

    @property
    def requested_count(self) -> int:
        return self.count if self.type == "THUMBNAIL" else 1


class Edit(Body):
    action: Literal["REPLACE_TEXT"]
    new_text: Annotated[str, person_text(HEADLINE_LONGEST), documented_text(HEADLINE_LONGEST)]


class Leaving(Body):
    """`confirm` says in words that this is meant: it can't be undone."""

    confirm: Literal["delete my account"]


EITHER: JsonDict = {"oneOf": [{"required": ["plan"]}, {"required": ["pack"]}]}
OfferId = Annotated[
    str,
    Field(
        pattern=r"^[1-9][0-9]{0,18}$", description="an id from /api/plans", json_schema_extra=lambda s: s.pop("default")
    ),
]


class Checkout(Body):
    """A plan or a pack."""

    model_config = ConfigDict(json_schema_extra=EITHER)

    plan: OfferId = ""
    pack: OfferId = ""

    @model_validator(mode="after")
    def _is_one_of_them(self) -> Self:
        if bool(self.plan) == bool(self.pack):
            raise PydanticCustomError("either", "Either a plan or a pack is bought at a time")
        return self

    @property
    def kind(self) -> Literal["plan", "pack"]:
        return "plan" if self.plan else "pack"

    @property
    def offer_id(self) -> str:
        return self.plan or self.pack


class Accepted(BaseModel):
    generation_id: UUID
    status: Status
    credits_remaining: int


class FieldProblem(BaseModel):
    """What is wrong with one field: `code` for programs, `message` for a person."""

    field: str
    code: str
    message: str


class ProblemBody(BaseModel):
    """RFC 9457. `code` is stable: switch on it. `detail` is a sentence for a person."""

    type: str = Field(description="`urn:vision3:problem:` and the code")
    title: str
    status: int
    code: str
    detail: str
    errors: list[FieldProblem] | SkipJsonSchema[None] = Field(default=None, description="of `invalid_request`")
    credits_remaining: int | SkipJsonSchema[None] = Field(default=None, description="of `insufficient_credits`")
    credits_required: int | SkipJsonSchema[None] = Field(default=None, description="of `insufficient_credits`")


class Failure(BaseModel):
    """`code` is stable; `detail` is a sentence for a person."""

    code: str
    detail: str


class Progress(BaseModel):
    """Of thumbnails; for titles alone, of 1."""

    requested: int
    settled: int


class Concept(BaseModel):
    id: UUID
    position: int
    headline: str | None
    mood: str
    status: Literal["PROPOSED", "RENDERED", "FAILED"]
    failure: Failure | None


class Image(BaseModel):
    """`url` needs no token and works for one to two hours; `headline` is the text on the picture."""

    id: UUID
    type: Literal["IMAGE"]
    concept_id: UUID
    parent_id: UUID | None
    url: str
    width: int
    height: int
    bytes: int
    headline: str | None


class Title(BaseModel):
    id: UUID
    type: Literal["TEXT"]
    text: str | None


Artifact = Annotated[Image | Title, Field(discriminator="type")]


class Generation(BaseModel):
    id: UUID
    type: GenerationType
    status: Status
    prompt: str | None
    created_at: datetime
    completed_at: datetime | None
    expires_at: datetime = Field(description="removed no earlier than this")
    credits_charged: int
    credits_refunded: int
    failure: Failure | None
    progress: Progress
    concepts: list[Concept]
    artifacts: list[Artifact]


class Me(BaseModel):
    id: UUID
    email: str | None
    subscription_tier: Literal["free", "starter", "pro"]
    credits_remaining: int


class Plan(BaseModel):
    """A subscription: its tier, and the credits that each paid period brings."""

    id: str
    tier: Literal["starter", "pro"]
    credits: int


class Pack(BaseModel):
    """Credits, bought once."""

    id: str
    credits: int


class Offers(BaseModel):
    plans: list[Plan]
    packs: list[Pack]


class Subscription(BaseModel):
    """A plan at LemonSqueezy, as it was last told of."""

    id: str
    tier: Literal["starter", "pro"]
    status: str
    renews_at: datetime | None
    ends_at: datetime | None
    created_at: datetime


class Link(BaseModel):
    """A page of the vendor's."""

    url: str


class Finished(BaseModel):
    """A generation that has ended."""

    id: UUID
    type: GenerationType
    status: Literal["COMPLETED", "FAILED"]
    completed_at: datetime


class MeNow(Me):
    """The account with its newest finished generations: whoever was away for a moment has missed nothing."""

    finished: list[Finished]


class CreditEntry(BaseModel):
    """One line of the ledger; `amount` is negative for a charge."""

    id: UUID
    amount: int
    kind: Literal["signup", "charge", "refund", "plan", "pack", "clawback", "adjustment"]
    generation_id: UUID | None
    balance_after: int
    created_at: datetime


T = TypeVar("T")


class Page(BaseModel, Generic[T]):
    """`next_cursor` is null on the last page."""

    items: list[T]
    next_cursor: str | None

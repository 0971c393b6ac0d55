"""Request/reply over core NATS: the subjects, what is asked and what is answered. In no stream, and never logged."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from common.errors import Problem

EDIT = "imager.edit.v1"
OFFERS = "billing.offers.v1"
CHECKOUT = "billing.checkout.v1"
PORTAL = "billing.portal.v1"


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


class OffersRequest(BaseModel):
    """The gateway asks what is sold."""


class PlanOffer(BaseModel):
    """A subscription: its tier, and the credits of each paid period. `id` is the vendor's variant."""

    id: str
    tier: Literal["starter", "pro"]
    credits: int


class PackOffer(BaseModel):
    """Credits, bought once."""

    id: str
    credits: int


class OffersReply(BaseModel):
    """Cheapest in credits first."""

    plans: list[PlanOffer]
    packs: list[PackOffer]


class CheckoutRequest(BaseModel):
    """The gateway asks for a page on which this user, whom it knows by their token, can buy one offer."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    user_id: UUID
    kind: Literal["plan", "pack"]
    offer_id: str


class PortalRequest(BaseModel):
    """The gateway asks for the vendor's page on which this user changes or ends their plan."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    user_id: UUID


class LinkReply(BaseModel):
    """A page of the vendor's: for this user alone, and so never logged."""

    url: str

"""What is sold: which of the vendor's variants is a plan of which tier, or a pack of how many credits. Data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

VariantId = Annotated[int, Field(gt=0, lt=2**63)]
Credits = Annotated[int, Field(strict=True, gt=0, le=1_000_000)]
Packs = dict[VariantId, Credits]
PaidTier = Literal["starter", "pro"]


class Plan(BaseModel):
    """What a paid period of a subscription brings. `free_grants`: also one whose invoice is of 0, as in a trial."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tier: PaidTier
    credits: Credits
    free_grants: bool = Field(default=False, strict=True)


Plans = dict[VariantId, Plan]


@dataclass(frozen=True, slots=True)
class Shop:
    """Our side of the counter. Events of another store, or of the other mode, are refused.

    `grace`: for how long a tier stays after a payment failed.
    """

    packs: Mapping[int, int]
    test_mode: bool = False
    store_id: int | None = None
    plans: Mapping[int, Plan] = field(default_factory=dict)
    grace: timedelta = timedelta(days=7)

"""What is sold: which of the vendor's variants is a pack of how many credits. Data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

VariantId = Annotated[int, Field(gt=0, lt=2**63)]
PackCredits = Annotated[int, Field(strict=True, gt=0, le=1_000_000)]
Packs = dict[VariantId, PackCredits]


@dataclass(frozen=True, slots=True)
class Shop:
    """Our side of the counter. Events of another store, or of the other mode, are refused."""

    packs: Mapping[int, int]
    test_mode: bool = False
    store_id: int | None = None

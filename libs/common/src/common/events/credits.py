"""What happens to a balance."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from common.events.envelope import EventData


class CreditsChanged(EventData):
    """Fact: a user's balance or tier is another one now; whoever shows it reads it again."""

    TYPE: ClassVar[str] = "credits.changed.v1"

    user_id: UUID

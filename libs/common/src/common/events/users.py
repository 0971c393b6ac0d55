"""What happens to a person's account."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from common.events.envelope import EventData


class UserDeleted(EventData):
    """Work: retention erases everything personal of this user."""

    TYPE: ClassVar[str] = "user.deleted.v1"

    user_id: UUID

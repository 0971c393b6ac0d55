"""What retention does with an event."""

from __future__ import annotations

from dataclasses import dataclass

from common.events import UserDeleted
from retention.erasures import Erasures


@dataclass(frozen=True, slots=True)
class Handlers:
    erasures: Erasures

    async def user_deleted(self, event: UserDeleted) -> None:
        await self.erasures.erase(event.user_id)

"""What a LemonSqueezy store remembers, its clock, and how it tells of what happens."""

from __future__ import annotations

import copy
import itertools
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tests.support.lemonsqueezy.links import Links
from tests.support.lemonsqueezy.payloads import Event, envelope
from tests.support.lemonsqueezy.resources import (
    PACK_VARIANT,
    PRO_VARIANT,
    STORE_ID,
    SUBSCRIPTION_VARIANT,
    TRIAL_VARIANT,
    Resource,
    written,
)

KINDS = ("checkouts", "customers", "orders", "subscriptions", "subscription-invoices", "license-keys", "affiliates")


@dataclass(frozen=True, slots=True)
class Variant:
    """Something that is sold, once or by the month."""

    name: str
    cents: int
    monthly: bool = False


VARIANTS = {
    PACK_VARIANT: Variant("Pack of 50", 999),
    SUBSCRIPTION_VARIANT: Variant("Starter", 1900, monthly=True),
    PRO_VARIANT: Variant("Pro", 4900, monthly=True),
    TRIAL_VARIANT: Variant("Starter with a free month", 0, monthly=True),
}


def now() -> datetime:
    return datetime.now(UTC)


def nobody(_event: Event) -> None:
    """Listens to no event."""


class Store:
    """`tell` hears every event at once. `first_id`: higher than any that another life of this store gave out."""

    def __init__(
        self,
        tell: Callable[[Event], None] = nobody,
        *,
        store_id: int = STORE_ID,
        test_mode: bool = False,
        first_id: int = 1000,
        clock: Callable[[], datetime] = now,
        url: str = "https://store.lemonsqueezy.com",
    ) -> None:
        self.store_id = store_id
        self.test_mode = test_mode
        self.links = Links(url)
        self.resources: dict[str, dict[str, Resource]] = {kind: {} for kind in KINDS}
        self._tell = tell
        self._ids = itertools.count(first_id)
        self._clock = clock
        self._last = datetime.min.replace(tzinfo=UTC)
        self._custom: dict[tuple[str, str], object] = {}

    def new_id(self) -> int:
        return next(self._ids)

    def tick(self) -> datetime:
        """The time of the next thing that happens: in whole seconds, as the vendor's are, and never twice the same."""
        self._last = max(self._clock().replace(microsecond=0), self._last + timedelta(seconds=1))
        return self._last

    def add(self, resource: Resource, at: datetime, custom: object = None) -> Resource:
        """`custom`: the checkout's custom data, which events carry and the API does not show."""
        attributes = resource["attributes"]
        attributes |= {"store_id": self.store_id, "created_at": written(at), "updated_at": written(at)}
        if "test_mode" in attributes:
            attributes["test_mode"] = self.test_mode
        self.resources[resource["type"]][resource["id"]] = resource
        self._custom[resource["type"], resource["id"]] = custom
        return resource

    def change(self, resource: Resource, at: datetime, **attributes: object) -> None:
        resource["attributes"] |= attributes | {"updated_at": written(at)}

    def custom_of(self, resource: Resource) -> object:
        return self._custom[resource["type"], resource["id"]]

    def emit(self, event_name: str, resource: Resource) -> None:
        """With the whole resource as it is now."""
        event = envelope(
            event_name,
            copy.deepcopy(resource),
            custom_data=self.custom_of(resource),
            test_mode=self.test_mode,
            webhook_id=str(uuid.uuid4()),
        )
        self._tell(event)

    def newest_first(self, kind: str) -> list[Resource]:
        return sorted(self.resources[kind].values(), key=_age, reverse=True)


def _age(resource: Resource) -> tuple[str, str]:
    return resource["attributes"]["created_at"], resource["id"]

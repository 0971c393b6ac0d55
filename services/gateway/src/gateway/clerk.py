"""Clerk's webhooks, as far as they are used. Whatever else a payload holds is ignored."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from common.errors import Malformed

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LAST_MS = 253_402_300_799_999
"""The end of the year 9999, which is where dates end."""
UNREADABLE = ""
"""The type of an event whose body is no envelope."""

ClerkId = Annotated[str, Field(pattern=r"^[!-~]{1,255}$")]
EventType = Annotated[str, Field(pattern=r"^[A-Za-z_.]{1,100}$")]
Address = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]{1,320}$")]
Milliseconds = Annotated[int, Field(strict=True, ge=0, le=LAST_MS)]


class Payload(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class EmailAddress(Payload):
    id: str
    email_address: Address


class Person(Payload):
    """A person's state as of `updated_at`."""

    id: ClerkId
    email_addresses: tuple[EmailAddress, ...] | None = None
    primary_email_address_id: str | None = None
    updated_at: Milliseconds

    @property
    def email(self) -> str | None:
        """The primary address. Who signed up with something else has none."""
        found = (a.email_address for a in self.email_addresses or () if a.id == self.primary_email_address_id)
        return next(found, None)

    @property
    def as_of(self) -> datetime:
        return EPOCH + timedelta(milliseconds=self.updated_at)


class DeletedPerson(Payload):
    id: ClerkId


class PersonChanged(Payload):
    type: Literal["user.created", "user.updated"]
    data: Person


class PersonDeleted(Payload):
    type: Literal["user.deleted"]
    data: DeletedPerson


class NamedEvent(Payload):
    type: EventType


Event = PersonChanged | PersonDeleted
EVENTS: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="type")])


def event_type(body: bytes) -> str:
    """The type that a signed body names, or UNREADABLE."""
    try:
        return NamedEvent.model_validate_json(body).type
    except ValidationError:
        return UNREADABLE


def read(body: bytes) -> Event:
    """A signed body. Raises Malformed, with nothing of the body in it: `unknown_event` or `wrong_payload`."""
    try:
        return EVENTS.validate_json(body)
    except ValidationError as error:
        unknown = any(e["type"] == "union_tag_invalid" for e in error.errors())
        code = "unknown_event" if unknown else "wrong_payload"
        raise Malformed(code, "the payload is none that is used here") from None

"""The envelope: CloudEvents 1.0 in structured JSON. The type is also the subject, and holds the version."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal, TypeVar
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from common.errors import Malformed


class EventData(BaseModel):
    """What an event says: ids only, never a person's words. Unknown fields are ignored: a version may gain some."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    TYPE: ClassVar[str]


class Envelope(BaseModel):
    """An event with its CloudEvents attributes. `id` is also the outbox row's id and the Nats-Msg-Id."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    specversion: Literal["1.0"] = "1.0"
    id: UUID
    source: str
    type: str
    time: AwareDatetime
    datacontenttype: Literal["application/json"] = "application/json"
    data: dict[str, object]

    def to_bytes(self) -> bytes:
        return self.model_dump_json().encode()


def wrap(event: EventData, *, event_id: UUID, source: str, time: datetime) -> Envelope:
    return Envelope(id=event_id, source=source, type=event.TYPE, time=time, data=event.model_dump(mode="json"))


E = TypeVar("E", bound=EventData)


def unwrap(body: bytes, expected: type[E]) -> E:
    """The event in a message's body. Raises Malformed with a reason that quotes nothing of the body."""
    try:
        envelope = Envelope.model_validate_json(body)
    except ValidationError as error:
        raise Malformed("not_an_event", f"no CloudEvents envelope: {_where(error)}") from None
    if envelope.type != expected.TYPE:
        raise Malformed("wrong_type", f"expected {expected.TYPE}")
    try:
        return expected.model_validate(envelope.data)
    except ValidationError as error:
        raise Malformed("wrong_data", f"the data of {expected.TYPE} does not fit: {_where(error)}") from None


def _where(error: ValidationError) -> str:
    return ", ".join(f"{'.'.join(map(str, e['loc'])) or 'body'} {e['type']}" for e in error.errors()[:5])

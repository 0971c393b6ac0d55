"""LemonSqueezy's wire: its signature and its envelope. Whatever else a payload holds is ignored."""

from __future__ import annotations

import hmac
import re
from typing import Annotated, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from common.errors import Malformed

HEX_DIGEST = re.compile("[0-9a-f]{64}")
UNREADABLE = ""
"""The name of an event whose body is no envelope."""

EventName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:-]{1,100}$")]
ResourceId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
IntegerId = Annotated[int, Field(gt=0, lt=2**63)]


def is_signed(body: bytes, signature: str | None, secret: str) -> bool:
    """Whether `signature` is the lowercase hex HMAC-SHA256 of the raw body. Any other header is just not it."""
    if signature is None or not HEX_DIGEST.fullmatch(signature):
        return False
    return hmac.compare_digest(bytes.fromhex(signature), hmac.digest(secret.encode(), body, "sha256"))


class Payload(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Meta(Payload):
    """`custom_data` is what the checkout was opened with: any JSON at all, when somebody else opened it."""

    event_name: EventName
    test_mode: bool
    custom_data: object = None

    @property
    def user_id(self) -> UUID | None:
        """Whom the buyer is to us, where the checkout says so with a canonical uuid."""
        named = self.custom_data.get("user_id") if isinstance(self.custom_data, dict) else None
        try:
            user_id = UUID(named) if isinstance(named, str) else None
        except ValueError:
            return None
        return user_id if str(user_id) == named else None


class StoreAttributes(Payload):
    store_id: IntegerId


class AnyResource(Payload):
    attributes: StoreAttributes


class AnyEvent(Payload):
    """What every event has."""

    meta: Meta
    data: AnyResource


class Named(Payload):
    event_name: EventName


class NamedEvent(Payload):
    meta: Named


P = TypeVar("P", bound=Payload)


def event_name(body: bytes) -> str:
    """The name inside the signed body (the header's is not signed), or UNREADABLE."""
    try:
        return NamedEvent.model_validate_json(body).meta.event_name
    except ValidationError:
        return UNREADABLE


def read(payload: type[P], body: bytes) -> P:
    """The body as that payload. Raises Malformed with a reason that quotes nothing of the body."""
    try:
        return payload.model_validate_json(body)
    except ValidationError as error:
        places = ", ".join(f"{'.'.join(map(str, e['loc']))} {e['type']}" for e in error.errors()[:5])
        raise Malformed("wrong_payload", f"the payload does not fit: {places}") from None

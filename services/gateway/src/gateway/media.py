"""Addresses of pictures: signed, so that an <img> needs no token, and stable for an hour, so that caches work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from uuid import UUID

from common.keys import picture_key
from gateway.signing import Signer

PURPOSE = "media"
HOUR_S = 3600
REMEMBERED = 4096
"""Addresses, which stay the same for an hour: whoever follows a generation gets them again and again."""


@dataclass(frozen=True, slots=True)
class Picture:
    """What a valid address names. max_age_s: how long the address stays valid."""

    key: str
    max_age_s: int


class MediaLinks:
    """Makes and checks `{public_url}/media/{artifact_id}?e=…&s=…`.

    The signature carries the generation's id: with it the object's key is known without asking the database, where no
    user's rows could be read without a user.
    """

    def __init__(self, signer: Signer, public_url: str) -> None:
        self._signer = signer
        self._public_url = public_url
        self._until = lru_cache(maxsize=REMEMBERED)(self._signed)

    def url(self, generation_id: UUID, artifact_id: UUID, now: datetime | None = None) -> str:
        return self._until(_end(_seconds(now)), generation_id, artifact_id)

    def _signed(self, end: int, generation_id: UUID, artifact_id: UUID) -> str:
        signature = self._signer.seal(PURPOSE, generation_id.bytes, _context(artifact_id, end))
        return f"{self._public_url}/media/{artifact_id}?e={end}&s={signature}"

    def check(self, artifact_id: UUID, e: str, s: str, now: datetime | None = None) -> Picture | None:
        """What the address names; None when it is not ours, was changed, or has ended."""
        if not (e.isascii() and e.isdigit() and len(e) <= 12):
            return None
        generation = self._signer.open(PURPOSE, s, _context(artifact_id, int(e)))
        left = int(e) - _seconds(now)
        if generation is None or left <= 0:
            return None
        return Picture(picture_key(UUID(bytes=generation), artifact_id), max_age_s=left)


def _context(artifact_id: UUID, end: int) -> bytes:
    return f"{artifact_id}:{end}".encode()


def _end(now: int) -> int:
    """The hour's end and one hour more: between one and two hours from now."""
    return -(-now // HOUR_S) * HOUR_S + HOUR_S


def _seconds(now: datetime | None) -> int:
    return int((now or datetime.now(UTC)).timestamp())

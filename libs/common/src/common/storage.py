"""The object store: pictures and backgrounds under keys that we choose, in a folder or in an S3 bucket.

Keys are derived from the row they belong to, so that writing again after a crash overwrites instead of leaking.
"""

from __future__ import annotations

import mimetypes
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import obstore
from obstore.exceptions import BaseError, NotFoundError

from common import stores
from common.errors import Transient
from common.store_settings import StoreSettings

LINK_S = 300
"""How long a link is good for."""

ABSENT = "readiness/there-is-no-such-object"

NO_BUCKET = "NoSuchBucket"
_CODE = re.compile(r"<Code>(\w{1,64})</Code>")

_ELSEWHERE = "incorrectly configured region"
"""All that obstore tells of S3's PermanentRedirect."""

REMEDIES = {
    NO_BUCKET: "there is no such bucket: make it, or see VISION3_STORE_URL",
    "InvalidAccessKeyId": "it does not know the key: see VISION3_STORE_ACCESS_KEY",
    "SignatureDoesNotMatch": "the secret key is not the access key's: see VISION3_STORE_SECRET_KEY",
    "AccessDenied": "the key may not read, or not list, the bucket: see its rights",
    "PermanentRedirect": "the bucket is in another region: see VISION3_STORE_REGION",
    "AuthorizationHeaderMalformed": "the bucket is in another region: see VISION3_STORE_REGION",
}
UNREACHABLE = "it can't be reached, or fails: see VISION3_STORE_URL and VISION3_STORE_ENDPOINT"

MISSING = (NotFoundError, FileNotFoundError)


class StoreAway(Transient):
    """The store can't be asked now."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__("store_unavailable", f"the object store is not available ({reason})", retry_after_s=2.0)


@dataclass(frozen=True, slots=True)
class Stored:
    """An object that is there, and when it was written last."""

    key: str
    at: datetime


class ObjectStore:
    """Whole objects of a few hundred kilobytes: bytes in, bytes out. Every call ends within stores.PATIENCE_S or so."""

    def __init__(self, settings: StoreSettings) -> None:
        self._store = stores.opened(settings)
        self._signing = stores.signing(settings)

    async def problem(self) -> str | None:
        """Why nothing can be read here now, and what to set; None when all is well."""
        try:
            await self.get(ABSENT)
        except StoreAway as away:
            return f"{away.reason}: {REMEDIES.get(away.reason, UNREACHABLE)}"
        return None

    async def put(self, key: str, data: bytes) -> None:
        with _away():
            await obstore.put_async(self._store, key, data, attributes=self._attributes(key))

    async def get(self, key: str) -> bytes | None:
        """The object's bytes, or None when there is no such object."""
        with _away():
            try:
                result = await obstore.get_async(self._store, key)
                return bytes(await result.bytes_async())
            except MISSING as error:
                if _lacks_the_bucket(error):
                    raise
                return None

    async def delete(self, key: str) -> None:
        """Deletes the object; one that is gone already is fine."""
        with _away():
            try:
                await obstore.delete_async(self._store, key)
            except MISSING as error:
                if _lacks_the_bucket(error):
                    raise

    async def has(self, key: str) -> bool:
        with _away():
            try:
                await obstore.head_async(self._store, key)
            except MISSING as error:
                if _lacks_the_bucket(error):
                    raise
                return False
            return True

    async def listing(self, *, at_once: int) -> AsyncIterator[list[Stored]]:
        """All objects, so many at a time, in no order."""
        with _away():
            async for batch in obstore.list(self._store, chunk_size=at_once):
                yield [Stored(meta["path"], meta["last_modified"]) for meta in batch]

    async def link(self, key: str, *, head: bool = False) -> str | None:
        """An address at which anyone may ask for the object by GET (head: by HEAD), for LINK_S. Whether there is such
        an object is not looked at. None: this store answers no browsers, its bytes have to be passed on."""
        if self._signing is None:
            return None
        return await obstore.sign_async(self._signing, "HEAD" if head else "GET", key, timedelta(seconds=LINK_S))

    def _attributes(self, key: str) -> dict[str, str] | None:
        """What a bucket answers with the object, so that browsers show it. A folder keeps nothing but bytes."""
        kind = mimetypes.guess_type(key)[0]
        return {"Content-Type": kind} if self._signing and kind else None


@contextmanager
def _away() -> Iterator[None]:
    """The cause is left out: it quotes what the store answered, which may name keys."""
    try:
        yield
    except (BaseError, *MISSING) as error:
        raise StoreAway(_reason(error)) from None


def _reason(error: Exception) -> str:
    """The store's own word for it, where it has one."""
    text = str(error)
    if _ELSEWHERE in text:
        return "PermanentRedirect"
    code = _CODE.search(text)
    return code[1] if code else type(error).__name__


def _lacks_the_bucket(error: Exception) -> bool:
    """Without its bucket every object seems to be missing, and would be painted, and paid for, again."""
    return f"<Code>{NO_BUCKET}</Code>" in str(error)

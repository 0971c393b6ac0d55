"""The object store: pictures and backgrounds under keys that we choose. Local files now; S3 comes behind the same face.

Keys are derived from the row they belong to, so that writing again after a crash overwrites instead of leaking.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import LocalStore

from common.errors import Transient, Vision3Error


class StoreAway(Transient):
    """The store can't be asked now."""

    def __init__(self, reason: str) -> None:
        super().__init__("store_unavailable", f"the object store is not available ({reason})", retry_after_s=2.0)


class ObjectStore:
    """Whole objects of a few hundred kilobytes: bytes in, bytes out."""

    def __init__(self, url: str) -> None:
        self._store = _open(url)

    async def put(self, key: str, data: bytes) -> None:
        try:
            await obstore.put_async(self._store, key, data)
        except BaseError as error:
            raise StoreAway(type(error).__name__) from error

    async def get(self, key: str) -> bytes | None:
        """The object's bytes, or None when there is no such object."""
        try:
            result = await obstore.get_async(self._store, key)
            return bytes(await result.bytes_async())
        except (NotFoundError, FileNotFoundError):
            return None
        except BaseError as error:
            raise StoreAway(type(error).__name__) from error

    async def delete(self, key: str) -> None:
        """Deletes the object; one that is gone already is fine."""
        try:
            await obstore.delete_async(self._store, key)
        except (NotFoundError, FileNotFoundError):
            return
        except BaseError as error:
            raise StoreAway(type(error).__name__) from error


def _open(url: str) -> LocalStore:
    parts = urlsplit(url)
    if parts.scheme != "file" or parts.netloc or not parts.path.startswith("/"):
        raise Vision3Error(f"VISION3_STORE_URL must be file:///an/absolute/path, not {parts.scheme or 'no'}://…")
    folder = Path(unquote(parts.path))
    folder.mkdir(parents=True, exist_ok=True)
    return LocalStore(folder)

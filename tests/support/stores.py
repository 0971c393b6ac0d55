"""Object stores for the tests: a folder, or a bucket of moto's server, which is S3 as others understood it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import obstore

from common import stores
from common.storage import ObjectStore
from common.store_settings import StoreSettings

ACCESS_KEY = "AKIDTESTS"
SECRET_KEY = "the-secret-key-of-the-tests"


def in_folder(folder: Path) -> ObjectStore:
    return ObjectStore(StoreSettings(store_url=folder.as_uri()))


def in_bucket(endpoint: str, bucket: str, **changed: Any) -> dict[str, Any]:
    """Settings of a store there."""
    return {
        "store_url": f"s3://{bucket}",
        "store_endpoint": endpoint,
        "store_access_key": ACCESS_KEY,
        "store_secret_key": SECRET_KEY,
    } | changed


@dataclass(frozen=True)
class Bucket:
    """A bucket of its own, which exists."""

    endpoint: str
    name: str

    def settings(self, **changed: Any) -> dict[str, Any]:
        return in_bucket(self.endpoint, self.name, **changed)

    def store(self, **changed: Any) -> ObjectStore:
        return ObjectStore(StoreSettings(**self.settings(**changed)))

    def keys(self) -> list[str]:
        """What is in it."""
        found = obstore.list(stores.opened(StoreSettings(**self.settings()))).collect()
        return sorted(one["path"] for one in found)


def new_bucket(endpoint: str) -> Bucket:
    bucket = Bucket(endpoint, f"tests-{uuid4().hex}")
    httpx2.put(f"{endpoint}/{bucket.name}", trust_env=False, timeout=30).raise_for_status()
    return bucket


@contextmanager
def s3_server() -> Iterator[str]:
    """The endpoint of a server that holds its objects in memory."""
    from moto.server import ThreadedMotoServer  # takes a while, and few tests need it

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()

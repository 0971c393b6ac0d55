"""Object stores for the tests: a folder, or a bucket of moto's server, which is S3 as others understood it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
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


def signature(link: str, method: str, region: str = "us-east-1") -> str:
    """What botocore signs where this link is signed. moto looks at no signature."""
    from botocore.auth import S3SigV4QueryAuth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    unsigned = re.sub(r"&X-Amz-Signature=[0-9a-f]+", "", link)
    request = AWSRequest(method, unsigned)
    request.context["timestamp"] = parse_qs(urlsplit(link).query)["X-Amz-Date"][0]
    auth = S3SigV4QueryAuth(Credentials(ACCESS_KEY, SECRET_KEY), "s3", region)
    return auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)


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

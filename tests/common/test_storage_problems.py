"""A store that can't be used says why, and which setting to look at."""

from __future__ import annotations

from pathlib import Path

import pytest

from common.storage import ObjectStore
from common.store_settings import StoreSettings
from tests.support.stores import Bucket, in_bucket, in_folder
from tests.support.vendors.server import Reply, Request, StandIn, serving


def refusing(status: int, code: str) -> StandIn:
    """A store that answers every request so, as S3 documents its errors."""
    body = f'<?xml version="1.0"?><Error><Code>{code}</Code><Message>…</Message><Key>a/secret/key</Key></Error>'
    return StandIn(lambda _request: Reply(body.encode(), status, {"Content-Type": "application/xml"}))


async def test_a_folder_and_a_bucket_that_work_have_none(tmp_path: Path, bucket: Bucket):
    assert await in_folder(tmp_path / "objects").problem() is None
    assert await bucket.store().problem() is None


async def test_a_bucket_that_is_not_there_is_named_as_the_reason(s3_endpoint: str):
    store = ObjectStore(StoreSettings(**in_bucket(s3_endpoint, "no-such-bucket")))
    assert await store.problem() == "NoSuchBucket: there is no such bucket: make it, or see VISION3_STORE_URL"


@pytest.mark.parametrize(
    ("status", "code", "setting"),
    [
        (403, "InvalidAccessKeyId", "VISION3_STORE_ACCESS_KEY"),
        (403, "SignatureDoesNotMatch", "VISION3_STORE_SECRET_KEY"),
        (403, "AccessDenied", "its rights"),
        (404, "NoSuchBucket", "VISION3_STORE_URL"),
        (301, "PermanentRedirect", "VISION3_STORE_REGION"),
        (400, "AuthorizationHeaderMalformed", "VISION3_STORE_REGION"),
        (400, "SomethingNew", "VISION3_STORE_ENDPOINT"),
    ],
)
async def test_what_a_store_refuses_leads_to_the_setting(status: int, code: str, setting: str):
    async with serving(refusing(status, code)) as stand_in:
        problem = await ObjectStore(StoreSettings(**in_bucket(stand_in.url, "b"))).problem()
    assert problem is not None
    assert problem.startswith(f"{code}: ")
    assert setting in problem
    assert "a/secret/key" not in problem


async def test_an_endpoint_with_a_path_is_asked_there_as_supabases_is():
    async with serving(refusing(404, "NoSuchKey")) as stand_in:
        store = ObjectStore(StoreSettings(**in_bucket(f"{stand_in.url}/storage/v1/s3", "pictures")))
        assert await store.get("generations/1/2.jpg") is None
        assert stand_in.requests[0].path == "/storage/v1/s3/pictures/generations/1/2.jpg"


async def test_one_that_nobody_answers_at_is_unreachable():
    problem = await ObjectStore(StoreSettings(**in_bucket("http://127.0.0.1:1", "b"))).problem()
    assert problem is not None
    assert "VISION3_STORE_ENDPOINT" in problem


async def test_one_that_fails_for_a_while_is_asked_again(bucket: Bucket):
    """503 SlowDown, twice, and then the object."""

    def good(request: Request) -> Reply:
        return Reply(b"bytes", headers={"ETag": '"x"', "Last-Modified": "Sun, 29 Nov 2026 16:00:00 GMT"})

    async with serving(StandIn(good)) as stand_in:
        stand_in.next = [Reply(b"<Error><Code>SlowDown</Code></Error>", 503)] * 2
        store = ObjectStore(StoreSettings(**in_bucket(stand_in.url, "b")))
        assert await store.get("a") == b"bytes"
        assert len(stand_in.requests) == 3

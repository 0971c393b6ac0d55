"""An imager whose store can't be used says so, lives on, and is ready by itself once somebody has mended it."""

from __future__ import annotations

import httpx2
import pytest

from common import service as common_service
from imager import app
from imager.settings import Settings
from tests.support.processes import running_service, until
from tests.support.servers import TestDatabase
from tests.support.stores import in_bucket


async def test_a_bucket_that_is_missing_is_named_until_it_is_made(
    database: TestDatabase, nats_url: str, s3_endpoint: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(common_service, "LOOK_S", 0.1)
    settings = Settings(
        database_url=database.url("imager"), nats_url=nats_url, http_port=0, **in_bucket(s3_endpoint, "made-later")
    )
    async with running_service(app.build(settings)) as imager, asked(imager) as http:
        await until(lambda: says(http, "NoSuchBucket"), "the problem to be told")
        answer = await http.get("/readyz")
        assert (answer.status_code, answer.json()["dependencies"]["store"]) == (503, False)
        assert (await http.get("/livez")).status_code == 200
        httpx2.put(f"{s3_endpoint}/made-later", trust_env=False).raise_for_status()
        await until(lambda: is_ready(http), "the imager to be ready")


def asked(service: common_service.Service) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(service.http), base_url="http://imager")


async def says(http: httpx2.AsyncClient, word: str) -> bool:
    return word in (await http.get("/readyz")).json().get("problems", {}).get("store", "")


async def is_ready(http: httpx2.AsyncClient) -> bool:
    answer = await http.get("/readyz")
    return answer.status_code == 200 and "problems" not in answer.json()

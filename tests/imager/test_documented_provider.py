"""The provider that docs/providers.md shows how to write, as it stands there."""

from __future__ import annotations

import base64
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from common.db import Database
from common.errors import NotTried
from common.settings import SettingsError, load
from imager.providers.chain import Link, Painted
from imager.providers.registry import PROVIDERS, chained
from imager.settings import Settings
from tests.imager.painters import BRIEF, PICTURE
from tests.support.vendors.server import Reply, Request, StandIn, UnlikeDocumented, serving
from vendors.errors import Failed
from vision3.data_dir import CHECKOUT


def written() -> dict[str, Any]:
    """What the page's Python makes."""
    (code,) = re.findall(r"```python\n(.*?)```", (CHECKOUT / "docs" / "providers.md").read_text(), re.DOTALL)
    names: dict[str, Any] = {"__name__": "a_documented_provider"}
    exec(compile(code, "docs/providers.md", "exec", dont_inherit=True), names)
    return names


def answer(request: Request) -> Reply:
    if (request.method, request.path) == ("GET", "/v1/models/example-1"):
        return Reply.json({})
    body = request.json()
    if request.path != "/v1/paint" or request.headers["authorization"] != "Bearer k" or not body["prompt"]:
        raise UnlikeDocumented(request.path)
    return Reply.json({"image": base64.b64encode(PICTURE).decode()})


@pytest.fixture
async def vendor() -> AsyncIterator[StandIn]:
    async with serving(StandIn(answer)) as stand_in:
        yield stand_in
    assert stand_in.complaints == []


@pytest.fixture
async def db(pools: Callable[[str], Awaitable[Database]]) -> Database:
    return await pools("imager")


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch, vendor: StandIn) -> None:
    painter = written()["ExamplePainter"]
    monkeypatch.setitem(PROVIDERS, "example", lambda db: Link.to(painter, db))
    for name, value in {"EXAMPLE_API_KEY": "k", "VISION3_EXAMPLE_BASE_URL": vendor.url,
                        "VISION3_EXAMPLE_PER_MINUTE": "2", "VISION3_IMAGE_PROVIDERS": "example"}.items():  # fmt: skip
        monkeypatch.setenv(name, value)


async def data_of(painted: Painted) -> bytes:
    return painted.background.data


async def test_it_paints_within_its_quota_and_its_failures_count(registered: None, vendor: StandIn, db: Database):
    given = {"database_url": "postgresql://x@y/z", "nats_url": "nats://x", "http_port": 0, "store_url": "file:///x"}
    chain = chained(load(Settings, **given).image_providers, db, after_refusal=False)
    assert await chain.paint(BRIEF, data_of, timeout_s=30) == PICTURE
    vendor.next = [Reply(b"", 500)]
    with pytest.raises(Failed):
        await chain.paint(BRIEF, data_of, timeout_s=30)
    with pytest.raises(NotTried, match="provider_quota"):
        await chain.paint(BRIEF, data_of, timeout_s=30)
    await chain.aclose()


async def test_it_can_be_checked_and_names_its_missing_key(
    registered: None, db: Database, monkeypatch: pytest.MonkeyPatch
):
    link = PROVIDERS["example"](db)
    await link.provider.check()
    await link.provider.aclose()
    monkeypatch.delenv("EXAMPLE_API_KEY")
    with pytest.raises(SettingsError, match="EXAMPLE_API_KEY: Field required"):
        PROVIDERS["example"](db)

"""Pictures that are linked to: fetched from allowed origins alone, and never by a redirect."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from imager.providers.openai import OpenAiImageSettings
from imager.providers.picture_links import origin_of
from tests.imager.painters import PICTURE, Painter, painter_of
from tests.support.vendors import openai
from tests.support.vendors.server import Reply, StandIn, serving
from vendors.errors import Failed


@pytest.fixture
async def pictures() -> AsyncIterator[StandIn]:
    """Where linked pictures are."""
    good = Reply(PICTURE, headers={"Content-Type": "image/png"})
    async with serving(StandIn(lambda _request: good)) as stand_in:
        yield stand_in


@pytest.fixture
async def vendor(pictures: StandIn) -> AsyncIterator[Painter]:
    async with painter_of("openai", picture_origins=pictures.url) as made:
        yield made


async def test_one_of_an_allowed_origin_is_fetched_without_our_key(vendor: Painter, pictures: StandIn):
    vendor.stand_in.next = [openai.made([{"url": f"{pictures.url}/a.png?sig=1"}])]
    assert (await vendor.paint()).data == PICTURE
    (request,) = pictures.requests
    assert request.path == "/a.png?sig=1"
    assert openai.KEY not in str(request.headers)


@pytest.mark.parametrize(
    "link",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://127.0.0.1:1/",
        "http://localhost/",
        "http://[::1]/",
        "http://0x7f000001/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "//127.0.0.1/",
        "{allowed}@127.0.0.1:1/",
        "{allowed}.evil.example/",
        "{allowed}\\@127.0.0.1/",
        "{allowed}/a\tb",
        "http://[",
        "http://127.0.0.1:99999/",
        "",
    ],
)
async def test_one_of_any_other_origin_is_not_asked_for(vendor: Painter, pictures: StandIn, link: str):
    vendor.stand_in.next = [openai.made([{"url": link.format(allowed=pictures.url)}])]
    with pytest.raises(Failed):
        await vendor.paint()
    assert pictures.requests == []


async def test_a_redirect_from_an_allowed_origin_is_not_followed(vendor: Painter, pictures: StandIn):
    pictures.next = [Reply(b"", 302, {"Location": "http://169.254.169.254/"})]
    vendor.stand_in.next = [openai.made([{"url": f"{pictures.url}/a.png"}])]
    with pytest.raises(Failed, match="provider_garbled"):
        await vendor.paint()
    assert len(pictures.requests) == 1


@pytest.mark.parametrize("status", [401, 402, 403, 404, 410, 429, 500])
async def test_a_link_that_is_dead_says_nothing_of_the_vendors_key_or_model(
    vendor: Painter, pictures: StandIn, status: int
):
    """Which nobody would use for five minutes then."""
    pictures.next = [Reply(b'{"error": {"code": "moderation_blocked"}}', status)]
    vendor.stand_in.next = [openai.made([{"url": f"{pictures.url}/a.png"}])]
    with pytest.raises(Failed, match="provider_garbled"):
        await vendor.paint()


async def test_without_allowed_origins_nothing_is_fetched(pictures: StandIn):
    async with painter_of("openai") as vendor:
        vendor.stand_in.next = [openai.made([{"url": f"{pictures.url}/a.png"}])]
        with pytest.raises(Failed):
            await vendor.paint()
    assert pictures.requests == []


@pytest.mark.parametrize(
    "origins", ["evil.example", "https://a.example/path", "ftp://a.example", "https://u:p@a.example"]
)
def test_what_is_no_origin_is_refused_at_start(origins: str):
    with pytest.raises(ValueError, match="comma list"):
        OpenAiImageSettings.model_validate({"api_key": "x", "picture_origins": origins})


def test_an_origin_is_scheme_host_and_port():
    assert origin_of("https://A.example:8443/x?y#z") == "https://a.example:8443"
    assert origin_of("https://a.example/x") == "https://a.example"

"""A purchase on one machine, all processes real but the vendor: checkout, pay, webhook, credits."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx2
import pytest

from tests.support.lemonsqueezy.resources import PACK_VARIANT, PRO_VARIANT
from tests.support.processes import until
from tests.support.whole_system import WholeSystem, whole_system
from vision3.tokens import minter


@pytest.fixture(scope="module")
def selling(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeSystem]:
    with whole_system(tmp_path_factory.mktemp("selling") / "data", "--with-lemonsqueezy", imagers=0) as system:
        yield system


@pytest.fixture
def shop(selling: WholeSystem) -> Iterator[httpx2.Client]:
    """The stand-in, as a browser sees it."""
    assert selling.state.lemonsqueezy_url is not None
    with httpx2.Client(base_url=selling.state.lemonsqueezy_url, trust_env=False) as client:
        yield client


async def account(selling: WholeSystem, user: str) -> tuple[str, int]:
    async with selling.as_user(user) as client:
        me = await client.me()
        return me.subscription_tier, me.credits_remaining


async def test_what_is_paid_in_the_shop_becomes_credits(selling: WholeSystem, shop: httpx2.Client):
    async with selling.as_user("alice") as alice:
        links = [await alice.checkout_url(pack=str(PACK_VARIANT)), await alice.checkout_url(plan=str(PRO_VARIANT))]
    for link in links:
        assert "Paid" in shop.post(link, data={"email": "alice@example.com"}).text

    async def bought() -> bool:
        return await account(selling, "alice") == ("pro", 1070)

    await until(bought, "pack and plan to arrive", seconds=10)


async def test_what_is_given_back_in_the_shop_is_taken(selling: WholeSystem, shop: httpx2.Client):
    async with selling.as_user("bob") as bob:
        shop.post(await bob.checkout_url(pack=str(PACK_VARIANT)), data={"email": "bob@example.com"})

    async def holds(credits_left: int) -> bool:
        return (await account(selling, "bob"))[1] == credits_left

    await until(lambda: holds(70), "the pack to arrive", seconds=10)
    order = shop.get("/").text.partition('action="/orders/')[2].partition("/")[0]
    assert shop.post(f"/orders/{order}/refund").status_code == 303
    await until(lambda: holds(20), "the pack to be taken back", seconds=10)


async def test_an_open_stream_of_the_account_is_told_of_what_was_bought(selling: WholeSystem, shop: httpx2.Client):
    async with selling.as_user("carol") as carol:
        link = await carol.checkout_url(pack=str(PACK_VARIANT))
    token = minter(selling.state, "carol")()
    async with (
        httpx2.AsyncClient(base_url=selling.state.gateway_url, trust_env=False, timeout=10) as client,
        client.stream("GET", "/api/me/events", headers={"Authorization": f"Bearer {token}"}) as stream,
    ):
        told = (json.loads(line[6:]) async for line in stream.aiter_lines() if line[:6] == "data: ")
        balances = (account["credits_remaining"] async for account in told)
        assert await anext(balances) == 20
        shop.post(link, data={"email": "carol@example.com"})
        assert await anext(balances) == 70

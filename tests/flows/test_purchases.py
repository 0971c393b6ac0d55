"""A purchase on one machine, all processes real but the vendor: checkout, pay, webhook, credits."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.support.lemonsqueezy.resources import PACK_VARIANT, PRO_VARIANT
from tests.support.processes import until
from tests.support.whole_system import WholeSystem, whole_system

MEDIA_TYPE = "application/vnd.api+json"


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


def checkout(selling: WholeSystem, shop: httpx2.Client, variant_id: int, user_id: str) -> str:
    """A link to pay, made with billing's key."""
    key = json.loads((selling.folder / "secrets.json").read_text())["lemonsqueezy_api_key"]
    wanted: dict[str, Any] = {
        "type": "checkouts",
        "attributes": {"checkout_data": {"custom": {"user_id": user_id}}},
        "relationships": {
            "store": {"data": {"type": "stores", "id": "4711"}},
            "variant": {"data": {"type": "variants", "id": str(variant_id)}},
        },
    }
    headers = {"Authorization": f"Bearer {key}", "Accept": MEDIA_TYPE, "Content-Type": MEDIA_TYPE}
    made = shop.post("/v1/checkouts", content=json.dumps({"data": wanted}), headers=headers)
    return made.json()["data"]["attributes"]["url"]


async def account(selling: WholeSystem, user: str) -> tuple[str, int]:
    async with selling.as_user(user) as client:
        me = await client.me()
        return me.subscription_tier, me.credits_remaining


async def test_what_is_paid_in_the_shop_becomes_credits(selling: WholeSystem, shop: httpx2.Client):
    async with selling.as_user("alice") as alice:
        user_id = str((await alice.me()).id)
    for variant_id in (PACK_VARIANT, PRO_VARIANT):
        link = checkout(selling, shop, variant_id, user_id)
        assert "Paid" in shop.post(link, data={"email": "alice@example.com"}).text

    async def bought() -> bool:
        return await account(selling, "alice") == ("pro", 1070)

    await until(bought, "pack and plan to arrive", seconds=10)


async def test_what_is_given_back_in_the_shop_is_taken(selling: WholeSystem, shop: httpx2.Client):
    async with selling.as_user("bob") as bob:
        user_id = str((await bob.me()).id)
    shop.post(checkout(selling, shop, PACK_VARIANT, user_id), data={"email": "bob@example.com"})

    async def holds(credits_left: int) -> bool:
        return (await account(selling, "bob"))[1] == credits_left

    await until(lambda: holds(70), "the pack to arrive", seconds=10)
    order = shop.get("/").text.partition('action="/orders/')[2].partition("/")[0]
    assert shop.post(f"/orders/{order}/refund").status_code == 303
    await until(lambda: holds(20), "the pack to be taken back", seconds=10)

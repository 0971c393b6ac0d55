"""Links to buy and to manage, from a real shop's API: for whom, for what, and when there are none."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import asyncpg
import httpx2
import pytest
from pydantic import SecretStr

from billing import sales
from billing.lemonsqueezy_api import LemonSqueezyApi
from billing.sales import Sales
from common.db import Database
from common.errors import Problem
from common.ids import uuid7
from common.requests import CheckoutRequest, OffersRequest, PortalRequest
from tests.billing.conftest import SHOP, Happens
from tests.support.lemonsqueezy import PACK_VARIANT, PRO_VARIANT, STORE_ID, SUBSCRIPTION_VARIANT, subscription_event
from tests.support.lemonsqueezy.faults import Fault
from tests.support.lemonsqueezy.serving import OpenShop
from tests.support.transactions import open_transactions


@pytest.fixture
async def selling(opened: OpenShop, db: Database) -> AsyncIterator[Sales]:
    async with httpx2.AsyncClient(base_url=opened.url, trust_env=False) as client:
        yield Sales(db, SHOP, LemonSqueezyApi(client, SecretStr(opened.key), STORE_ID))


def wanted(user_id: UUID, variant_id: int = SUBSCRIPTION_VARIANT, kind: Any = "plan") -> CheckoutRequest:
    return CheckoutRequest(user_id=user_id, kind=kind, offer_id=str(variant_id))


async def refused(asked: Any) -> tuple[int, str]:
    with pytest.raises(Problem) as caught:
        await asked
    return caught.value.status, caught.value.code


async def test_plans_and_packs_are_offered_the_smallest_first(db: Database):
    shop = replace(SHOP, packs={9: 500, 10: 50})
    offers = await Sales(db, shop, None).offers(OffersRequest())
    assert [(pack.id, pack.credits) for pack in offers.packs] == [("10", 50), ("9", 500)]
    assert [(plan.tier, plan.credits) for plan in offers.plans] == [("starter", 200), ("starter", 200), ("pro", 1000)]
    assert {plan.id for plan in offers.plans} == {str(variant_id) for variant_id in SHOP.plans}


@pytest.mark.parametrize(("variant_id", "kind"), [(SUBSCRIPTION_VARIANT, "plan"), (PACK_VARIANT, "pack")])
async def test_a_checkout_sells_that_one_and_knows_whose_it_is(
    selling: Sales, opened: OpenShop, buyer: UUID, variant_id: int, kind: str
):
    link = await selling.checkout(wanted(buyer, variant_id, kind))
    [made] = opened.shop.store.resources["checkouts"].values()
    assert made["attributes"]["url"] == link.url
    assert made["attributes"]["variant_id"] == variant_id
    assert made["attributes"]["checkout_data"]["custom"] == {"user_id": str(buyer)}


@pytest.mark.parametrize(
    ("variant_id", "kind"), [(PACK_VARIANT, "plan"), (SUBSCRIPTION_VARIANT, "pack"), (7, "plan"), (7, "pack")]
)
async def test_what_is_not_sold_is_refused_and_the_vendor_not_asked(
    selling: Sales, opened: OpenShop, buyer: UUID, variant_id: int, kind: str
):
    assert await refused(selling.checkout(wanted(buyer, variant_id, kind))) == (404, "not_sold")
    assert not opened.shop.store.resources["checkouts"]


@pytest.mark.parametrize("status", ["on_trial", "active", "paused", "past_due", "unpaid"])
async def test_a_second_plan_would_be_paid_beside_the_first(selling: Sales, buyer: UUID, happens: Happens, status: str):
    await happens(subscription_event("created", buyer, status=status))
    assert await refused(selling.checkout(wanted(buyer, PRO_VARIANT))) == (409, "already_subscribed")
    assert (await selling.checkout(wanted(buyer, PACK_VARIANT, "pack"))).url


@pytest.mark.parametrize("what", ["cancelled", "expired"])
async def test_after_an_end_another_plan_can_be_bought(selling: Sales, buyer: UUID, happens: Happens, what: str):
    await happens(subscription_event(what, buyer))
    assert (await selling.checkout(wanted(buyer))).url


async def test_the_portal_is_signed_anew_each_time(selling: Sales, opened: OpenShop, buyer: UUID, happens: Happens):
    bought = opened.shop.buy(SUBSCRIPTION_VARIANT, {"user_id": str(buyer)})
    assert bought.subscription is not None
    await happens(subscription_event("created", buyer, subscription_id=bought.subscription["id"]))
    links = {(await selling.portal(PortalRequest(user_id=buyer))).url for _ in range(2)}
    assert len(links) == 2


async def test_the_portal_is_of_the_plan_that_runs(selling: Sales, opened: OpenShop, buyer: UUID, happens: Happens):
    bought = opened.shop.buy(SUBSCRIPTION_VARIANT, {"user_id": str(buyer)})
    assert bought.subscription is not None
    await happens(subscription_event("created", buyer, subscription_id=bought.subscription["id"]))
    later = "2027-01-01T00:00:00.000000Z"
    await happens(subscription_event("expired", buyer, subscription_id="70099", updated_at=later))
    assert (await selling.portal(PortalRequest(user_id=buyer))).url  # 70099 is unknown to that shop


async def test_who_never_had_a_plan_has_no_portal(selling: Sales, buyer: UUID):
    assert await refused(selling.portal(PortalRequest(user_id=buyer))) == (404, "no_subscription")


async def test_another_users_plan_is_not_ones_own(selling: Sales, buyer: UUID, happens: Happens, db: Database):
    await happens(subscription_event("created", buyer))
    assert await refused(selling.portal(PortalRequest(user_id=uuid7()))) == (404, "no_subscription")


async def test_who_is_erased_can_buy_nothing(selling: Sales, opened: OpenShop, buyer: UUID, owner: asyncpg.Connection):
    await owner.execute("update users set erase_requested_at = now() where id = $1", buyer)
    assert await refused(selling.checkout(wanted(buyer))) == (401, "unauthenticated")
    assert await refused(selling.portal(PortalRequest(user_id=buyer))) == (404, "no_subscription")
    assert not opened.shop.store.resources["checkouts"]


async def test_without_a_key_the_shop_is_closed(db: Database, buyer: UUID):
    closed = Sales(db, SHOP, None)
    assert await refused(closed.checkout(wanted(buyer))) == (503, "shop_unavailable")
    assert await refused(closed.portal(PortalRequest(user_id=buyer))) == (503, "shop_unavailable")


@pytest.mark.parametrize("status", [401, 404, 429, 500, 503])
async def test_the_vendors_failure_is_no_secret_and_no_bug(selling: Sales, opened: OpenShop, buyer: UUID, status: int):
    opened.faults.plan(Fault(status))
    assert await refused(selling.checkout(wanted(buyer))) == (503, "shop_unavailable")


async def test_while_the_vendor_thinks_no_transaction_is_open(
    selling: Sales, opened: OpenShop, buyer: UUID, db: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sales, "VENDOR_S", 0.5)
    opened.faults.plan(Fault(None, delay_s=5))
    asking = asyncio.create_task(refused(selling.checkout(wanted(buyer))))
    await asyncio.sleep(0.25)
    assert await open_transactions(db) == 0
    assert await asking == (503, "shop_unavailable")

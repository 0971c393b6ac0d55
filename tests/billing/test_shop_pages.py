"""The stand-in's pages: a checkout that somebody pays, and what can be done about what was bought."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from tests.support.lemonsqueezy import PACK_VARIANT, PRO_VARIANT, SUBSCRIPTION_VARIANT
from tests.support.lemonsqueezy.payloads import Event
from tests.support.lemonsqueezy.serving import OpenShop

CUSTOM = {"user_id": "of a user"}


@pytest.fixture
def told(opened: OpenShop) -> list[Event]:
    return opened.told


@pytest.fixture
async def browser(opened: OpenShop) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=opened.url, trust_env=False, follow_redirects=True) as client:
        yield client


def checkout(opened: OpenShop, variant_id: int = PACK_VARIANT, **options: Any) -> str:
    return opened.shop.open_checkout(variant_id, CUSTOM, **options)["attributes"]["url"]


async def test_a_checkout_says_what_it_costs_and_is_paid(
    opened: OpenShop, browser: httpx2.AsyncClient, told: list[Event]
):
    url = checkout(opened, redirect_url="http://here.test/?a=1&b=2")
    shown = (await browser.get(url)).text
    assert "Pack of 50" in shown
    assert "$9.99" in shown
    assert told == [], "looking costs nothing"
    paid = (await browser.post(url, data={"email": "alice@example.com"})).text
    assert 'href="http://here.test/?a=1&amp;b=2"' in paid
    (event,) = told
    assert event["meta"]["custom_data"] == CUSTOM
    assert event["data"]["attributes"]["user_email"] == "alice@example.com"


@pytest.mark.parametrize("change", [("signature=", "signature=0"), ("expires=", "expires=1"), ("custom/", "custom/x")])
async def test_a_link_that_was_changed_leads_nowhere(
    opened: OpenShop, browser: httpx2.AsyncClient, told: list[Event], change: tuple[str, str]
):
    url = checkout(opened).replace(*change)
    assert (await browser.get(url)).status_code == (await browser.post(url)).status_code == 404
    assert told == []


async def test_what_people_type_is_no_html(opened: OpenShop, browser: httpx2.AsyncClient):
    await browser.post(checkout(opened), data={"email": "<b>@example.com"})
    shown = (await browser.get("/")).text
    assert "&lt;b&gt;@example.com" in shown
    assert "<b>" not in shown


async def test_every_button_that_is_shown_works(opened: OpenShop, browser: httpx2.AsyncClient):
    """A walk through all states; each page shows what is possible next."""
    subscription = opened.shop.buy(SUBSCRIPTION_VARIANT).subscription
    assert subscription is not None
    walk = [
        "renew",
        "fail",
        "recover",
        "pause",
        "unpause",
        f"plan-{PRO_VARIANT}",
        "cancel",
        "resume",
        "cancel",
        "expire",
    ]
    for action in [*walk, "refund"]:
        shown = (await browser.get("/")).text
        target = f"/subscriptions/{subscription['id']}/{action}"
        assert f'action="{target}"' in shown, action
        assert (await browser.post(target)).status_code == 200
    assert (subscription["attributes"]["status"], subscription["attributes"]["variant_id"]) == ("expired", PRO_VARIANT)


async def test_what_is_not_possible_is_said(opened: OpenShop, browser: httpx2.AsyncClient):
    order = opened.shop.buy(PACK_VARIANT).order
    for status in (200, 409):
        assert (await browser.post(f"/orders/{order['id']}/refund")).status_code == status
    assert "/refund" not in (await browser.get("/")).text
    assert (await browser.post(f"/orders/{order['id']}/explode")).status_code == 404
    assert (await browser.post("/things/1/refund")).status_code == 404


async def test_the_portal_is_for_its_customer(opened: OpenShop, browser: httpx2.AsyncClient):
    ours, others = (opened.shop.buy(SUBSCRIPTION_VARIANT, email=f"{name}@example.com") for name in ("alice", "bob"))
    assert ours.subscription is not None
    url = ours.subscription["attributes"]["urls"]["customer_portal"]
    shown = (await browser.get(url)).text
    assert "alice@example.com" in shown
    assert "bob@example.com" not in shown
    theirs = re.sub("user=[0-9]+", f"user={others.order['attributes']['customer_id']}", url)
    assert (await browser.get(theirs)).status_code == 403

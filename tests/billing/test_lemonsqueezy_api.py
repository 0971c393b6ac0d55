"""LemonSqueezy's API as billing uses it: what is asked for, page by page, and whatever comes instead of an answer."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from pydantic import SecretStr

from billing import lemonsqueezy_api
from billing.lemonsqueezy_api import Kind, LemonSqueezyApi, Resource
from common import retry_after
from common.errors import Permanent, Transient, WorkError
from tests.support.lemonsqueezy import PACK_VARIANT, PRO_VARIANT, STORE_ID, SUBSCRIPTION_VARIANT
from tests.support.lemonsqueezy.faults import Fault
from tests.support.lemonsqueezy.serving import OpenShop
from vision3.servers.ports import HOST

PATIENCE_S = 0.5


@pytest.fixture
async def client(opened: OpenShop) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=opened.url, timeout=PATIENCE_S, trust_env=False) as client:
        yield client


@pytest.fixture
def api(opened: OpenShop, client: httpx2.AsyncClient) -> LemonSqueezyApi:
    return LemonSqueezyApi(client, SecretStr(opened.key), STORE_ID)


@pytest.fixture
def subscription_id(opened: OpenShop) -> str:
    bought = opened.shop.buy(SUBSCRIPTION_VARIANT)
    assert bought.subscription is not None
    return bought.subscription["id"]


def buy(opened: OpenShop, count: int) -> list[str]:
    """So many packs: the ids of their orders, newest first."""
    return [opened.shop.buy(PACK_VARIANT).order["id"] for _ in range(count)][::-1]


async def ids(api: LemonSqueezyApi, kind: Kind = "orders") -> list[str]:
    return [id_of(resource) async for resource in api.all_of(kind)]


def id_of(resource: Resource) -> str:
    assert isinstance(resource, dict)
    return str(resource["id"])


async def test_a_checkout_sells_one_variant_to_one_user(opened: OpenShop, api: LemonSqueezyApi):
    user_id = uuid4()
    url = await api.checkout_url(PRO_VARIANT, user_id, test_mode=False)
    (made,) = opened.shop.store.newest_first("checkouts")
    facts = made["attributes"]
    assert facts["url"] == url
    assert facts["variant_id"] == PRO_VARIANT
    assert facts["product_options"]["enabled_variants"] == [PRO_VARIANT]
    assert facts["checkout_data"]["custom"] == {"user_id": str(user_id)}


async def test_what_is_bought_there_is_the_users(opened: OpenShop, api: LemonSqueezyApi):
    user_id = uuid4()
    await api.checkout_url(PACK_VARIANT, user_id, test_mode=False)
    order = opened.shop.pay(opened.shop.store.newest_first("checkouts")[0]).order
    assert opened.shop.store.custom_of(order) == {"user_id": str(user_id)}


async def test_the_portals_link_is_the_one_of_now(api: LemonSqueezyApi, subscription_id: str, opened: OpenShop):
    first, second = [await api.portal_url(subscription_id) for _ in range(2)]
    assert first != second
    assert {url.partition("?")[0] for url in (first, second)} == {f"{opened.url}/billing"}


@pytest.mark.parametrize(("sold", "requests"), [(0, 1), (1, 1), (100, 1), (101, 2), (250, 3)])
async def test_all_pages_are_read_newest_first(opened: OpenShop, api: LemonSqueezyApi, sold: int, requests: int):
    expected = buy(opened, sold)
    assert await ids(api) == expected
    assert len(opened.faults.paths) == requests


@pytest.mark.parametrize("kind", ["subscriptions", "subscription-invoices", "orders"])
async def test_each_kind_is_shown_without_the_custom_data(opened: OpenShop, api: LemonSqueezyApi, kind: Kind):
    user_id = str(uuid4())
    opened.shop.buy(SUBSCRIPTION_VARIANT, {"user_id": user_id})
    (shown,) = [resource async for resource in api.all_of(kind)]
    assert isinstance(shown, dict)
    assert shown["type"] == kind
    assert user_id not in json.dumps(shown)


async def test_what_is_sold_while_pages_are_read_hides_nothing(opened: OpenShop, api: LemonSqueezyApi):
    before = buy(opened, 150)
    seen: list[str] = []
    async for resource in api.all_of("orders"):
        if not seen:
            buy(opened, 7)
        seen.append(id_of(resource))
    assert set(before) <= set(seen)


async def test_another_stores_are_not_asked_for(opened: OpenShop, client: httpx2.AsyncClient):
    buy(opened, 1)
    assert await ids(LemonSqueezyApi(client, SecretStr(opened.key), STORE_ID + 1)) == []


async def test_a_refused_key_is_somebodys_to_mend_and_is_not_shown(opened: OpenShop, client: httpx2.AsyncClient):
    api = LemonSqueezyApi(client, SecretStr("not-the-key"), STORE_ID)
    for ask in (lambda: ids(api), lambda: api.checkout_url(PACK_VARIANT, uuid4(), test_mode=False)):
        with pytest.raises(Permanent, match="VISION3_LEMONSQUEEZY_API_KEY") as refused:
            await ask()
        assert refused.value.code == "lemonsqueezy_key_refused"
        assert "not-the-key" not in repr(refused.value)
    assert len(opened.faults.paths) == 2, "asking again would not help"


async def test_what_is_not_there_or_not_sold_will_not_be(api: LemonSqueezyApi):
    with pytest.raises(Permanent, match="answered 404"):
        await api.portal_url("1")
    with pytest.raises(Permanent, match="answered 422"):
        await api.checkout_url(999, uuid4(), test_mode=False)


@pytest.mark.parametrize("status", [301, 302, 400, 403, 410])
async def test_a_page_that_is_refused_is_not_asked_for_again(opened: OpenShop, api: LemonSqueezyApi, status: int):
    opened.faults.plan(Fault(status, headers={"Location": f"{opened.url}/v1/orders"}))
    with pytest.raises(Permanent):
        await ids(api)
    assert len(opened.faults.paths) == 1


INSTEAD = {
    "500": Fault(500),
    "502 with a page of a proxy": Fault(502, body=b"<html>Bad gateway</html>"),
    "503 for no time": Fault(503, headers={"Retry-After": "0"}),
    "HTML with 200": Fault(200, body=b"<html>We'll be back, bea@example.com</html>"),
    "nothing with 200": Fault(200, body=b""),
    "another document": Fault(200, body=b'{"data": [{"email": "bea@example.com"}]}'),
    "no UTF-8": Fault(200, body=b'{"data": ["\xff"]}'),
    "too late": Fault(None, delay_s=2 * PATIENCE_S),
}


@pytest.mark.parametrize("fault", INSTEAD.values(), ids=INSTEAD)
async def test_a_page_that_did_not_come_is_asked_for_again(opened: OpenShop, api: LemonSqueezyApi, fault: Fault):
    expected = buy(opened, 101)
    opened.faults.plan(Fault(None), fault)
    assert await ids(api) == expected
    assert len(opened.faults.paths) == 3


@pytest.mark.parametrize("fault", INSTEAD.values(), ids=INSTEAD)
async def test_a_checkout_or_a_portal_that_did_not_come_may_come_later(
    opened: OpenShop, api: LemonSqueezyApi, subscription_id: str, fault: Fault
):
    """Somebody waits for it: they are told at once."""
    asks = (
        lambda: api.checkout_url(PACK_VARIANT, uuid4(), test_mode=False),
        lambda: api.portal_url(subscription_id),
    )
    for ask in asks:
        opened.faults.plan(fault)
        with pytest.raises(Transient) as away:
            await ask()
        assert away.value.code in {"lemonsqueezy_away", "lemonsqueezy_unreadable"}
        assert "bea@" not in repr(away.value), "a vendor's words are nobody's to read"


async def test_nobody_there(opened: OpenShop):
    async with httpx2.AsyncClient(base_url=f"http://{HOST}:1", trust_env=False) as client:
        with pytest.raises(Transient, match="can't be reached: ConnectError"):
            await LemonSqueezyApi(client, SecretStr(opened.key), STORE_ID).portal_url("1")


async def test_it_gives_up_on_a_page_after_five_tries(
    opened: OpenShop, api: LemonSqueezyApi, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(retry_after, "LONGEST_S", 0.01)
    opened.faults.plan(Fault(503, headers={"Retry-After": "86400"}), times=9)
    with pytest.raises(Transient, match="answered 503"):
        await ids(api)
    assert len(opened.faults.paths) == 5


async def test_the_limit_by_the_minute_is_waited_for(opened: OpenShop, api: LemonSqueezyApi):
    expected = buy(opened, 250)
    opened.faults.per_minute, opened.faults.window_s, opened.faults.retry_after = 2, 1.0, "1"
    started = time.monotonic()
    assert await ids(api) == expected
    assert len(opened.faults.paths) == 4, "two, one that was too many, and the third again"
    assert 0.9 < time.monotonic() - started < 3


async def test_a_limit_that_does_not_say_for_how_long_is_by_the_minute(
    opened: OpenShop, api: LemonSqueezyApi, monkeypatch: pytest.MonkeyPatch
):
    """Five tries within a few seconds would all be refused."""
    opened.faults.per_minute = 0
    with pytest.raises(Transient) as limited:
        await api.portal_url("1")
    assert limited.value.retry_after_s == 60.0
    monkeypatch.setattr(lemonsqueezy_api, "PAUSE_WHEN_REFUSED_S", 0.6)
    expected = buy(opened, 1)
    opened.faults.per_minute, opened.faults.window_s = 1, 0.5
    assert await ids(api) == await ids(api) == expected


ODD_DELAYS = {
    "-5": None,
    "nan": None,
    "inf": None,
    "1e999": None,
    "": None,
    "tomorrow": None,
    "Wed, 21 Oct 2026 07:28:00 GMT": None,
    "0": 0.0,
    "7": 7.0,
    "60": 60.0,
    "61": 60.0,
    "9" * 400: None,
    "86400": 60.0,
    "31536000": None,
}


@pytest.mark.parametrize(("header", "seconds"), ODD_DELAYS.items(), ids=[h[:12] or "empty" for h in ODD_DELAYS])
async def test_a_delay_is_believed_up_to_a_minute(
    opened: OpenShop, api: LemonSqueezyApi, header: str, seconds: float | None
):
    opened.faults.plan(Fault(503, headers={"Retry-After": header}))
    with pytest.raises(Transient) as away:
        await api.portal_url("1")
    assert away.value.retry_after_s == seconds


def page(data: list[Any], last: int = 1) -> Fault:
    document = {"meta": {"page": {"currentPage": 1, "lastPage": last}}, "data": data}
    return Fault(200, body=json.dumps(document).encode(), media_type="application/vnd.api+json")


async def test_one_odd_resource_does_not_hide_the_others(opened: OpenShop, api: LemonSqueezyApi):
    first, last = {"id": "1", "type": "orders"}, {"id": "2", "type": "orders"}
    odd: list[Any] = [None, 7, "orders", [], {}, {"id": {}, "attributes": None}]
    opened.faults.plan(page([first, *odd, last]))
    shown = [resource async for resource in api.all_of("orders")]
    assert [resource for resource in shown if resource in (first, last)] == [first, last]


async def test_pages_without_end_end_where_nothing_is_on_them(opened: OpenShop, api: LemonSqueezyApi):
    opened.faults.plan(page([{"id": "1"}], last=10**15), page([], last=10**15))
    assert await ids(api) == ["1"]
    assert len(opened.faults.paths) == 2


@pytest.mark.parametrize("last", [-1, 1.5, "many", None])
async def test_a_page_that_does_not_say_how_many_there_are_is_unreadable(
    opened: OpenShop, api: LemonSqueezyApi, last: Any, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(lemonsqueezy_api, "PAGE_TRIES", 1)
    opened.faults.plan(page([{"id": "1"}], last=last))
    with pytest.raises(WorkError, match="does not fit"):
        await ids(api)


async def test_who_reads_everything_leaves_requests_for_who_buys(
    opened: OpenShop, api: LemonSqueezyApi, monkeypatch: pytest.MonkeyPatch
):
    pauses: list[float] = []
    slept = asyncio.sleep

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        await slept(0)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    buy(opened, 250)
    assert len(await ids(api)) == 250
    assert pauses.count(lemonsqueezy_api.PAUSE_S) == 2

"""The stand-in for LemonSqueezy can be relied on: its events are all there, complete, and delivered as the vendor's."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from uuid import uuid4

import httpx2
import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from billing import lemonsqueezy
from billing.handlers.registry import HANDLERS
from billing.lemonsqueezy import AnyEvent, is_signed
from billing.payloads import InvoiceEvent, OrderEvent, SubscriptionEvent
from tests.support.lemonsqueezy import PACK_VARIANT, PRO_VARIANT, SECRET, SUBSCRIPTION_VARIANT, payloads, to_bytes
from tests.support.lemonsqueezy.delivery import Sender, disturbed
from tests.support.lemonsqueezy.payloads import Event
from tests.support.lemonsqueezy.shop import Shop
from tests.support.lemonsqueezy.store import Store
from tests.support.lemonsqueezy.subscriptions import NotPossible

WIRE = HANDLERS.keys() | {"license_key_created", "license_key_updated", "affiliate_activated", "customer_updated"}
READ_AS = {"orders": OrderEvent, "subscriptions": SubscriptionEvent, "subscription-invoices": InvoiceEvent}
USER = uuid4()
CUSTOM = {"user_id": str(USER)}

BUILT: dict[str, Event] = {
    "order_created": payloads.order_created(),
    "order_refunded": payloads.order_refunded(),
    **{f"subscription_{what}": payloads.subscription_event(what) for what in
       ("created", "updated", "cancelled", "resumed", "expired", "paused", "unpaused", "plan_changed")},
    **{f"subscription_payment_{what}": payloads.payment(what) for what in ("success", "failed", "recovered")},
    "subscription_payment_refunded": payloads.payment_refunded(),
    **{f"license_key_{what}": payloads.license_key_event(what) for what in ("created", "updated")},
    "affiliate_activated": payloads.affiliate_activated(),
    "customer_updated": payloads.customer_updated(),
}  # fmt: skip


@pytest.fixture
def told() -> list[Event]:
    return []


@pytest.fixture
def shop(told: list[Event]) -> Shop:
    return Shop(Store(told.append))


def names(told: list[Event]) -> list[str]:
    """Of what was told since the last look."""
    found = [event["meta"]["event_name"] for event in told]
    told.clear()
    return found


def whole_life(shop: Shop) -> None:
    """Everything that can happen."""
    pack = shop.buy(PACK_VARIANT, CUSTOM)
    shop.refund(pack.order, 500)
    shop.disable_license(shop.issue_license(pack.order))
    bought = shop.buy(SUBSCRIPTION_VARIANT, CUSTOM)
    assert bought.subscription is not None
    assert bought.invoice is not None
    shop.fail_payment(bought.subscription)
    shop.recover(bought.subscription)
    shop.change_plan(bought.subscription, PRO_VARIANT)
    for happens in (shop.renew, shop.pause, shop.unpause, shop.cancel, shop.resume, shop.cancel, shop.expire):
        happens(bought.subscription)
    shop.refund(bought.invoice, 1900)
    shop.update_customer(shop.store.newest_first("customers")[0], city="Berlin")
    shop.activate_affiliate()


def test_a_subscriptions_purchase_is_an_order_a_subscription_and_a_payment(shop: Shop, told: list[Event]):
    shop.buy(SUBSCRIPTION_VARIANT, CUSTOM)
    first = told[0]
    assert names(told) == [
        "order_created",
        "subscription_created",
        "subscription_payment_success",
        "subscription_updated",
    ]
    assert first["meta"]["custom_data"] == CUSTOM
    assert first["data"]["attributes"]["first_order_item"]["variant_id"] == SUBSCRIPTION_VARIANT


def test_every_event_of_the_vendors_can_be_made_to_happen_and_be_built(shop: Shop, told: list[Event]):
    whole_life(shop)
    assert set(names(told)) == WIRE == BUILT.keys()


def test_what_happens_in_the_shop_is_as_complete_as_what_is_built(shop: Shop, told: list[Event]):
    whole_life(shop)
    for event in told:
        built = BUILT[event["meta"]["event_name"]]["data"]
        assert event["data"]["attributes"].keys() == built["attributes"].keys()
        assert event["data"]["relationships"].keys() == built["relationships"].keys()


def test_billing_can_read_all_that_happens(shop: Shop, told: list[Event]):
    whole_life(shop)
    for event in told:
        lemonsqueezy.read(READ_AS.get(event["data"]["type"], AnyEvent), to_bytes(event))


def test_an_event_stays_what_it_was_when_more_happens(shop: Shop, told: list[Event]):
    bought = shop.buy(SUBSCRIPTION_VARIANT, CUSTOM)
    assert bought.subscription is not None
    shop.cancel(bought.subscription)
    assert told[1]["data"]["attributes"]["status"] == "active"


def test_a_first_payment_is_refunded_as_order_and_as_invoice(shop: Shop, told: list[Event]):
    bought = shop.buy(SUBSCRIPTION_VARIANT, CUSTOM)
    told.clear()
    for side in (bought.order, bought.invoice):
        assert side is not None
        shop.refund(side, 950)
        assert names(told) == ["order_refunded", "subscription_payment_refunded"]
    assert bought.order["attributes"]["status"] == "refunded"
    with pytest.raises(NotPossible, match="can't be given back"):
        shop.refund(bought.order, 1)


def test_what_the_vendor_refuses_happens_to_nobody(shop: Shop, told: list[Event]):
    bought = shop.buy(SUBSCRIPTION_VARIANT)
    assert bought.subscription is not None
    shop.cancel(bought.subscription)
    told.clear()
    for happens in (shop.renew, shop.recover, shop.pause, shop.unpause, shop.cancel, shop.fail_payment):
        with pytest.raises(NotPossible):
            happens(bought.subscription)
    assert told == []


@pytest.fixture
async def sender(httpserver: HTTPServer) -> AsyncIterator[Sender]:
    async with httpx2.AsyncClient(trust_env=False) as client:
        yield Sender(client, httpserver.url_for("/hook"), time_scale=0.0001)


Answers = Callable[..., None]


@pytest.fixture
def answers(httpserver: HTTPServer) -> Answers:
    """One status after the other."""

    def plan(*statuses: int) -> None:
        for status in statuses:
            httpserver.expect_ordered_request("/hook", "POST").respond_with_response(Response(status=status))

    return plan


async def test_a_webhook_is_signed_and_named(sender: Sender, httpserver: HTTPServer, answers: Answers):
    answers(200)
    assert (await sender.deliver(payloads.order_created())).statuses == (200,)
    request = httpserver.log[0][0]
    assert request.headers["X-Event-Name"] == "order_created"
    assert is_signed(request.data, request.headers["X-Signature"], SECRET)


async def test_only_200_counts_and_after_four_tries_it_is_over(sender: Sender, answers: Answers):
    answers(500, 204, 302, 201)
    delivery = await sender.deliver(payloads.order_created())
    assert (delivery.statuses, delivery.taken) == ((500, 204, 302, 201), False)
    answers(503, 200)
    delivery = await sender.deliver(payloads.order_created())
    assert (delivery.statuses, delivery.taken) == ((503, 200), True)


async def test_who_is_away_is_tried_again(sender: Sender):
    sender.url = "http://127.0.0.1:1/hook"
    sender.send_soon(payloads.order_created())
    await sender.all_sent()
    assert [delivery.statuses for delivery in sender.done] == [(None,) * 4]


EVENTS = [payloads.order_created(order_id=str(number)) for number in range(1, 201)]


def orders(events: list[Event]) -> list[str]:
    return [event["data"]["id"] for event in events]


def test_a_seed_decides_what_arrives_and_when():
    first, again, other = (disturbed(EVENTS, seed, copies=(1, 4), lost=0.1) for seed in (1, 1, 2))
    assert first == again != other
    assert len(set(orders(first))) == 180
    assert {orders(first).count(order) for order in orders(first)} == {1, 2, 3, 4}
    assert orders(first) != sorted(orders(first), key=int)
    assert len({to_bytes(event) for event in first}) > 180, "some copies have a webhook_id of their own"


def test_undisturbed_all_come_once_in_order():
    assert disturbed(EVENTS, 1, shuffled=False) == EVENTS

"""The store's own pages: a checkout that can be paid, and what was bought, with what can be done about it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from tests.support.lemonsqueezy import html
from tests.support.lemonsqueezy.resources import Resource
from tests.support.lemonsqueezy.shop import Shop
from tests.support.lemonsqueezy.subscriptions import NotPossible


class Pages:
    """Checkouts and portals are for who has their link; what was bought is shown to everybody on this machine."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._actions: dict[str, Callable[[Resource], object]] = {
            "renew": shop.renew,
            "cancel": shop.cancel,
            "resume": shop.resume,
            "pause": shop.pause,
            "unpause": shop.unpause,
            "fail": shop.fail_payment,
            "recover": shop.recover,
            "expire": shop.expire,
            "refund": self._refund,
            **{f"plan-{variant_id}": partial(shop.change_plan, variant_id=variant_id) for variant_id in shop.variants},
        }

    async def checkout(self, request: Request) -> Response:
        checkout = self._shop.store.resources["checkouts"].get(request.path_params["id"])
        if checkout is None or not self._is_signed(request):
            return html.page("There is no such checkout", status=404)
        facts = checkout["attributes"]
        if request.method != "POST":
            return html.checkout(self._shop.variants[facts["variant_id"]], facts["checkout_data"]["email"])
        form = parse_qs((await request.body()).decode())
        self._shop.pay(checkout, email=form.get("email", ["bea@example.com"])[0])
        return html.paid(facts["product_options"].get("redirect_url") or "/")

    async def everything(self, _request: Request) -> Response:
        return self._purchases(lambda _resource: True)

    async def portal(self, request: Request) -> Response:
        if not self._is_signed(request):
            return html.page("This link is not good any more", status=403)
        customer_id = request.query_params["user"]
        return self._purchases(lambda resource: str(resource["attributes"]["customer_id"]) == customer_id)

    async def act(self, request: Request) -> Response:
        of_kind = self._shop.store.resources.get(request.path_params["kind"], {})
        resource, action = of_kind.get(request.path_params["id"]), self._actions.get(request.path_params["action"])
        if resource is None or action is None:
            return html.page("There is nothing here", status=404)
        try:
            action(resource)
        except NotPossible as error:
            return html.page("That is not possible", f"<p>{error}</p>", status=409)
        return RedirectResponse(request.headers.get("referer", "/"), 303)

    def _purchases(self, shown: Callable[[Resource], bool]) -> Response:
        subscriptions, orders = (self._shop.store.newest_first(kind) for kind in ("subscriptions", "orders"))
        return html.purchases(filter(shown, subscriptions), filter(shown, orders), self._shop.variants)

    def _refund(self, purchase: Resource) -> None:
        """All that is left of an order, or of a subscription's last payment."""
        paid = self._last_payment(purchase) if purchase["type"] == "subscriptions" else purchase
        self._shop.refund(paid, paid["attributes"]["total"] - paid["attributes"]["refunded_amount"])

    def _last_payment(self, subscription: Resource) -> Resource:
        for invoice in self._shop.store.newest_first("subscription-invoices"):
            facts = invoice["attributes"]
            ours = facts["subscription_id"] == int(subscription["id"])
            if ours and facts["status"] in {"paid", "partial_refunded"} and facts["total"]:
                return invoice
        raise NotPossible("nothing that was paid is left")

    def _is_signed(self, request: Request) -> bool:
        return self._shop.store.links.fits(request.url.path, request.url.query)


def routes(shop: Shop) -> list[BaseRoute]:
    pages = Pages(shop)
    return [
        Route("/", pages.everything),
        Route("/billing", pages.portal),
        Route("/checkout/custom/{id}", pages.checkout, methods=["GET", "POST"]),
        Route("/{kind}/{id}/{action}", pages.act, methods=["POST"]),
    ]

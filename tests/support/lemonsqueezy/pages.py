"""The store's own pages, in plain HTML: a checkout that can be paid, and what was bought, with buttons."""

from __future__ import annotations

from starlette.routing import BaseRoute

from tests.support.lemonsqueezy.shop import Shop


def routes(_shop: Shop) -> list[BaseRoute]:
    return []

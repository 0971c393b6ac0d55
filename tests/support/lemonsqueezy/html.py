"""How the store's pages look: plain HTML, without scripts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from starlette.responses import HTMLResponse

from tests.support.lemonsqueezy.resources import Resource
from tests.support.lemonsqueezy.store import Variant

STYLE = """
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; } td, th { padding: .4rem .6rem; text-align: left; }
tr + tr { border-top: 1px solid #ccc; } form { display: inline; } input, button { font: inherit; padding: .3rem .7rem; }
"""

BUTTONS: dict[str, dict[str, str]] = {
    "active": {"renew": "renew", "cancel": "cancel", "pause": "pause", "fail": "fail a payment", "refund": "refund"},
    "past_due": {"recover": "recover", "expire": "expire"},
    "cancelled": {"resume": "resume", "expire": "expire", "refund": "refund"},
    "paused": {"unpause": "unpause"},
    "expired": {"refund": "refund"},
}
"""By a subscription's status: what can be done about it, and how the button is called."""


def page(title: str, *parts: str, status: int = 200) -> HTMLResponse:
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
    body = f"<h1>{escape(title)}</h1>{''.join(parts)}"
    note = "<p><small>A stand-in for LemonSqueezy: nothing here costs money.</small></p>"
    return HTMLResponse(
        f'<!doctype html><html lang="en"><head>{head}<style>{STYLE}</style></head><body>{body}{note}</body></html>',
        status,
    )


def checkout(variant: Variant, email: str) -> HTMLResponse:
    price = dollars(variant.cents) + (" a month" if variant.monthly else "")
    form = (
        f'<form method="post"><p><label>E-mail <input name="email" type="email" required value="{escape(email)}">'
        f"</label></p><p><button>Pay {dollars(variant.cents)}</button></p></form>"
    )
    return page(variant.name, f"<p>{price}</p>", form)


def paid(back: str) -> HTMLResponse:
    return page("Paid", "<p>Thank you. A webhook is on its way.</p>", f'<p><a href="{escape(back)}">Back</a></p>')


def purchases(
    subscriptions: Iterable[Resource], orders: Iterable[Resource], variants: Mapping[int, Variant]
) -> HTMLResponse:
    """What was bought, with what can be done about it."""
    return page(
        "Purchases",
        "<h2>Subscriptions</h2>",
        table(
            ("id", "what", "status", "renews or ends", "buyer", ""),
            (_subscription_row(one, variants) for one in subscriptions),
        ),
        "<h2>Orders</h2>",
        table(("id", "what", "status", "total", "buyer", ""), map(_order_row, orders)),
    )


def table(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """The cells are HTML."""
    head = "".join(f"<th>{escape(column)}</th>" for column in columns)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def dollars(cents: int) -> str:
    return f"${cents / 100:.2f}"


def _subscription_row(subscription: Resource, variants: Mapping[int, Variant]) -> list[str]:
    facts = subscription["attributes"]
    labels = BUTTONS[facts["status"]] | (_other_plans(facts, variants) if facts["status"] == "active" else {})
    buttons = "".join(_button(subscription, *button) for button in labels.items())
    when = facts["ends_at"] or facts["renews_at"]
    shown = [subscription["id"], facts["product_name"], facts["status_formatted"], when[:10], facts["user_email"]]
    return [*map(escape, shown), buttons]


def _other_plans(facts: dict[str, Any], variants: Mapping[int, Variant]) -> dict[str, str]:
    return {
        f"plan-{variant_id}": f"change to {variant.name}"
        for variant_id, variant in variants.items()
        if variant.monthly and variant_id != facts["variant_id"]
    }


def _order_row(order: Resource) -> list[str]:
    facts = order["attributes"]
    what = facts["first_order_item"]["product_name"]
    shown = [order["id"], what, facts["status_formatted"], facts["total_formatted"], facts["user_email"]]
    left = facts["total"] > facts["refunded_amount"]
    return [*map(escape, shown), _button(order, "refund", "refund") if left else ""]


def _button(resource: Resource, action: str, label: str) -> str:
    target = f"/{resource['type']}/{resource['id']}/{action}"
    return f'<form method="post" action="{target}"><button>{escape(label)}</button></form> '

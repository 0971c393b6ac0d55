"""LemonSqueezy's resources, complete: what its API shows, and what its events carry.

Every builder takes overrides by attribute name, so that a test shows the fields it is about and no others.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

Resource = dict[str, Any]

STORE_ID = 4711
CUSTOMER_ID = 31337
PACK_VARIANT = 1001
SUBSCRIPTION_VARIANT = 2001
PRO_VARIANT = 2002
TRIAL_VARIANT = 2003
AT = "2026-03-01T12:00:00.000000Z"
BUYER = {"user_name": "Bea Buyer", "user_email": "bea@example.com"}
API = "https://api.lemonsqueezy.com"


def written(at: datetime) -> str:
    """A time as the vendor writes it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def from_now(**time: float) -> str:
    """`from_now(days=-1)` is yesterday."""
    return written(datetime.now(UTC) + timedelta(**time))


def order(order_id: str = "90001", *, variant_id: int = PACK_VARIANT, quantity: int = 1, **changes: Any) -> Resource:
    attributes = {
        "store_id": STORE_ID,
        "customer_id": CUSTOMER_ID,
        "identifier": "104e18a2-d755-4d4b-80c4-a6c1dcbe1c10",
        "order_number": 1,
        **BUYER,
        **money(999),
        "setup_fee": 0,
        "setup_fee_usd": 0,
        "setup_fee_formatted": "$0.00",
        "status": "paid",
        "status_formatted": "Paid",
        "refunded": False,
        "refunded_at": None,
        "first_order_item": order_item(int(order_id), variant_id, quantity),
        "urls": {"receipt": "https://app.lemonsqueezy.com/my-orders/104e18a2?signature=abc"},
        "created_at": AT,
        "updated_at": AT,
        "test_mode": False,
    }
    links = ("store", "customer", "order-items", "subscriptions", "license-keys", "discount-redemptions")
    return resource("orders", order_id, attributes | changes, links)


def order_item(order_id: int, variant_id: int, quantity: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": 80001,
        "order_id": order_id,
        "product_id": 500,
        "variant_id": variant_id,
        "price_id": 40,
        "product_name": "Credits",
        "variant_name": "Pack of 50",
        "price": 999,
        "quantity": quantity,
        "created_at": AT,
        "updated_at": AT,
        "test_mode": False,
    } | changes


def subscription(subscription_id: str = "70001", **changes: Any) -> Resource:
    attributes = {
        "store_id": STORE_ID,
        "customer_id": CUSTOMER_ID,
        "order_id": 90002,
        "order_item_id": 80002,
        "product_id": 501,
        "variant_id": SUBSCRIPTION_VARIANT,
        "product_name": "Starter",
        "variant_name": "Monthly",
        **BUYER,
        "status": "active",
        "status_formatted": "Active",
        "card_brand": "visa",
        "card_last_four": "4242",
        "payment_processor": "stripe",
        "pause": None,
        "cancelled": False,
        "trial_ends_at": None,
        "billing_anchor": 1,
        "first_subscription_item": subscription_item(int(subscription_id)),
        "urls": {
            "update_payment_method": "https://store.lemonsqueezy.com/subscription/70001/payment-details?signature=abc",
            "customer_portal": "https://store.lemonsqueezy.com/billing?signature=abc",
            "customer_portal_update_subscription": "https://store.lemonsqueezy.com/billing/70001/update?signature=abc",
        },
        "renews_at": "2026-04-01T12:00:00.000000Z",
        "ends_at": None,
        "created_at": AT,
        "updated_at": AT,
        "test_mode": False,
    }
    links = ("store", "customer", "order", "order-item", "product", "variant", "subscription-invoices")
    return resource("subscriptions", subscription_id, attributes | changes, links)


def subscription_item(subscription_id: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": 60001,
        "subscription_id": subscription_id,
        "price_id": 41,
        "quantity": 1,
        "is_usage_based": False,
        "created_at": AT,
        "updated_at": AT,
    } | changes


def subscription_invoice(invoice_id: str = "50001", *, subscription_id: int = 70001, **changes: Any) -> Resource:
    """It names no variant."""
    attributes = {
        "store_id": STORE_ID,
        "subscription_id": subscription_id,
        "customer_id": CUSTOMER_ID,
        **BUYER,
        "billing_reason": "initial",
        "card_brand": "visa",
        "card_last_four": "4242",
        **money(1900),
        "status": "paid",
        "status_formatted": "Paid",
        "refunded": False,
        "refunded_at": None,
        "urls": {"invoice_url": "https://app.lemonsqueezy.com/my-orders/1/subscription-invoice/50001?signature=abc"},
        "created_at": AT,
        "updated_at": AT,
        "test_mode": False,
    }
    return resource("subscription-invoices", invoice_id, attributes | changes, ("store", "subscription", "customer"))


def customer(customer_id: str = str(CUSTOMER_ID), **changes: Any) -> Resource:
    attributes = {
        "store_id": STORE_ID,
        "name": BUYER["user_name"],
        "email": BUYER["user_email"],
        "status": "subscribed",
        "city": None,
        "region": None,
        "country": "DE",
        "total_revenue_currency": 999,
        "mrr": 0,
        "status_formatted": "Subscribed",
        "country_formatted": "Germany",
        "total_revenue_currency_formatted": "$9.99",
        "mrr_formatted": "$0.00",
        "urls": {"customer_portal": "https://store.lemonsqueezy.com/billing?signature=abc"},
        "created_at": AT,
        "updated_at": AT,
        "test_mode": False,
    }
    links = ("store", "orders", "subscriptions", "license-keys")
    return resource("customers", customer_id, attributes | changes, links)


def license_key(key_id: str = "40001", **changes: Any) -> Resource:
    attributes = {
        "store_id": STORE_ID,
        "customer_id": CUSTOMER_ID,
        "order_id": 90001,
        "order_item_id": 80001,
        "product_id": 500,
        **BUYER,
        "key": "80e15db5-c796-436b-850c-8f9c98a48abe",
        "key_short": "XXXX-8f9c98a48abe",
        "activation_limit": 5,
        "instances_count": 0,
        "disabled": False,
        "status": "inactive",
        "status_formatted": "Inactive",
        "expires_at": None,
        "created_at": AT,
        "updated_at": AT,
        "test_mode": False,
    }
    links = ("store", "customer", "order", "order-item", "product", "license-key-instances")
    return resource("license-keys", key_id, attributes | changes, links)


def affiliate(affiliate_id: str = "30001", **changes: Any) -> Resource:
    attributes = {
        "store_id": STORE_ID,
        "user_id": 20001,
        "user_name": "Ada Affiliate",
        "user_email": "ada@example.com",
        "share_domain": "videos.example.com",
        "status": "active",
        "products": None,
        "application_note": "I review tools for video creators",
        "total_earnings": 0,
        "unpaid_earnings": 0,
        "created_at": AT,
        "updated_at": AT,
    }
    return resource("affiliates", affiliate_id, attributes | changes, ("store", "user"))


def checkout(checkout_id: str, *, custom: object, variant_id: int, url: str, **changes: Any) -> Resource:
    """Only its API shows it: no event does."""
    attributes = {
        "store_id": STORE_ID,
        "variant_id": variant_id,
        "custom_price": None,
        "product_options": {"redirect_url": "", "receipt_button_text": "", "enabled_variants": []},
        "checkout_options": {"embed": False, "media": True, "logo": True, "desc": True, "discount": True},
        "checkout_data": {"email": "", "name": "", "discount_code": "", "custom": custom, "variant_quantities": []},
        "preview": False,
        "expires_at": None,
        "created_at": AT,
        "updated_at": AT,
        "test_mode": False,
        "url": url,
    }
    return resource("checkouts", checkout_id, attributes | changes, ("store", "variant"))


def money(cents: int) -> dict[str, Any]:
    """What an order or an invoice of so much says about it."""
    amounts = {"subtotal": cents, "discount_total": 0, "tax": 0, "total": cents, "refunded_amount": 0}
    facts = {"currency": "USD", "currency_rate": "1.0000", "tax_inclusive": False}
    return facts | {name: figure for key, amount in amounts.items() for name, figure in amount_of(key, amount).items()}


def amount_of(name: str, cents: int) -> dict[str, Any]:
    """One amount, in each of its forms."""
    return {name: cents, f"{name}_usd": cents, f"{name}_formatted": f"${cents / 100:.2f}"}


def resource(kind: str, resource_id: str, attributes: dict[str, Any], links: tuple[str, ...]) -> Resource:
    here = f"{API}/v1/{kind}/{resource_id}"
    relationships = {
        name: {"links": {"related": f"{here}/{name}", "self": f"{here}/relationships/{name}"}} for name in links
    }
    return {
        "type": kind,
        "id": resource_id,
        "attributes": attributes,
        "relationships": relationships,
        "links": {"self": here},
    }

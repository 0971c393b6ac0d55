"""What is used of LemonSqueezy's resources. Money is in integer cents."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from billing.lemonsqueezy import IntegerId, Meta, Payload, ResourceId, StoreAttributes
from billing.tiers import Status

Cents = Annotated[int, Field(ge=0, lt=2**63)]


class SubscriptionAttributes(StoreAttributes):
    """A `status` that is not known here is refused: what it means for the tier is for a person to say."""

    customer_id: IntegerId | None = None
    order_id: IntegerId | None = None
    product_id: IntegerId | None = None
    variant_id: IntegerId
    status: Status
    renews_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    updated_at: AwareDatetime


class Subscription(Payload):
    type: Literal["subscriptions"]
    id: ResourceId
    attributes: SubscriptionAttributes


class SubscriptionEvent(Payload):
    """Each of them carries the whole subscription as it was at `updated_at`."""

    meta: Meta
    data: Subscription


class Refundable(StoreAttributes):
    """`status` is open: 'paid' and 'refunded' mean something here."""

    status: str
    total: Cents
    refunded_amount: Cents = 0

    @property
    def refunded_in_all(self) -> int:
        return max(self.total, self.refunded_amount) if self.status == "refunded" else self.refunded_amount


class InvoiceAttributes(Refundable):
    """It names no variant: that is its subscription's to say."""

    subscription_id: IntegerId
    billing_reason: str
    created_at: AwareDatetime
    updated_at: AwareDatetime


class Invoice(Payload):
    type: Literal["subscription-invoices"]
    id: ResourceId
    attributes: InvoiceAttributes

    @property
    def reference(self) -> str:
        return f"invoice:{self.id}"

    @property
    def is_first(self) -> bool:
        return self.attributes.billing_reason == "initial"


class InvoiceEvent(Payload):
    meta: Meta
    data: Invoice


class OrderItem(Payload):
    variant_id: IntegerId
    quantity: int = Field(default=1, ge=1, le=1000)


class OrderAttributes(Refundable):
    first_order_item: OrderItem
    created_at: AwareDatetime


class Order(Payload):
    type: Literal["orders"]
    id: ResourceId
    attributes: OrderAttributes

    @property
    def reference(self) -> str:
        return f"order:{self.id}"


class OrderEvent(Payload):
    """Also sent for the first order of a subscription."""

    meta: Meta
    data: Order

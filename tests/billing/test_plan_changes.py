"""An invoice names no plan: the credits are those of the plan it was for, however late anything is heard of."""

from __future__ import annotations

import itertools
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from billing.worker import Worker
from tests.billing.conftest import Happens, account
from tests.support.lemonsqueezy import PRO_VARIANT, SUBSCRIPTION_VARIANT, order_created, payment, subscription_event

MARCH, APRIL, MAY = (f"2026-0{month}-01T12:00:00.000000Z" for month in (3, 4, 5))


def of(name: str, user: UUID) -> dict[str, Any]:
    """A starter plan of March, made pro in April, renewed in May."""
    return {
        "ordered": order_created(user, order_id="90002", variant_id=SUBSCRIPTION_VARIANT),
        "created": subscription_event("created", user),
        "paid": payment("success", user, updated_at=MARCH, created_at=MARCH),
        "changed": subscription_event("plan_changed", user, variant_id=PRO_VARIANT, updated_at=APRIL),
        "renewed": payment(
            "success", user, invoice_id="50002", billing_reason="renewal", created_at=MAY, updated_at=MAY
        ),
        "updated": subscription_event("updated", user, variant_id=PRO_VARIANT, updated_at=MAY),
    }[name]


@pytest.mark.parametrize("order", list(itertools.permutations(["created", "paid", "changed"])))
async def test_the_first_invoice_is_for_the_first_plan(
    happens: Happens, owner: asyncpg.Connection, buyer: UUID, order: tuple[str, ...]
):
    for name in order:
        await happens(of(name, buyer))
    assert await account(owner, buyer) == ("pro", 220)


@pytest.mark.parametrize("order", list(itertools.permutations(["created", "changed", "renewed", "updated"])))
async def test_a_renewal_is_for_the_plan_of_its_time(
    happens: Happens, owner: asyncpg.Connection, buyer: UUID, order: tuple[str, ...]
):
    for name in order:
        await happens(of(name, buyer))
    assert await account(owner, buyer) == ("pro", 1020)


@pytest.mark.parametrize("order", [("ordered", "changed", "paid"), ("changed", "ordered", "paid")])
async def test_the_order_says_what_the_first_plan_was(
    happens: Happens, owner: asyncpg.Connection, buyer: UUID, order: tuple[str, ...]
):
    for name in order:
        await happens(of(name, buyer))
    assert await account(owner, buyer) == ("pro", 220)


async def test_what_is_never_heard_of_is_not_waited_for_for_long(
    happens: Happens, owner: asyncpg.Connection, buyer: UUID, worker: Worker
):
    """The subscription's creation and its order were lost: the credits are those of the first plan that is known."""
    await happens(of("changed", buyer))
    row = await happens(of("paid", buyer))
    assert (row["outcome"], row["error"]) == (None, "its plan at that time is not known yet")
    assert await account(owner, buyer) == ("pro", 20)
    await owner.execute(
        "update webhook_events set received_at = now() - interval '5 minutes', next_attempt_at = now() where id = $1",
        row["id"],
    )
    await worker.drain()
    assert await account(owner, buyer) == ("pro", 1020)

"""Everything that a deployment needs, looked at: each check says in one line what is wrong and what to set."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

from vision3.doctor import bus, database, machine, models, people, shop, store
from vision3.doctor.findings import Finding
from vision3.doctor.subject import Subject

CHECKS: dict[str, Callable[[Subject], AsyncIterator[Finding]]] = {
    "database": database.check,
    "NATS": bus.check,
    "store": store.check,
    "models": models.check,
    "LemonSqueezy": shop.check,
    "Clerk": people.check,
    "this machine": machine.check,
}
"""In the order in which they are told. None costs anything, and none changes anything but an object of its own."""

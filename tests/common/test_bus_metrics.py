"""What a service shows of its queues."""

from __future__ import annotations

from prometheus_client import REGISTRY

from tests.common.bus_support import REQUESTED, Heard, consuming, running_bus, send
from tests.support.processes import until


async def test_slots_and_what_waits_are_shown(empty_nats: str):
    consumer = {"consumer": REQUESTED.name}
    handler = Heard(4.0)  # longer than from one look to the next
    bus = consuming(empty_nats, handler, slots=2)
    async with running_bus(bus):
        for _ in range(5):
            await send(bus)
        await handler.called(2)

        async def three_wait() -> bool:
            return REGISTRY.get_sample_value("vision3_queue_waiting", consumer) == 3

        await until(three_wait, "the gauge to show what waits")
        assert REGISTRY.get_sample_value("vision3_slots", consumer) == 2
        assert REGISTRY.get_sample_value("vision3_slots_in_use", consumer) == 2
        assert REGISTRY.get_sample_value("vision3_queue_in_hand", consumer) == 2

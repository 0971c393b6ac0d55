"""Whoever delivers LemonSqueezy's webhooks: signed, tried again on a schedule, then dropped for good."""

from __future__ import annotations

import asyncio
import random
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

import httpx2

from tests.support.lemonsqueezy.payloads import SECRET, Event, headers, to_bytes

PAUSES_S = (5.0, 25.0, 125.0)
PATIENCE_S = 30.0


@dataclass(frozen=True, slots=True)
class Delivery:
    """How it went: the status of each try (None: no answer), and how long the last one took."""

    event: Event
    statuses: tuple[int | None, ...]
    seconds: float

    @property
    def taken(self) -> bool:
        """Only exactly 200 counts."""
        return self.statuses[-1] == 200


@dataclass
class Sender:
    """`pauses_s`: before each further try; `time_scale` makes them shorter. `done`: what was delivered or dropped."""

    client: httpx2.AsyncClient
    url: str
    secret: str = SECRET
    pauses_s: Sequence[float] = PAUSES_S
    time_scale: float = 1.0
    done: list[Delivery] = field(default_factory=list)
    _tasks: set[asyncio.Task[Delivery]] = field(default_factory=set)

    def send_soon(self, event: Event) -> None:
        """As the vendor does: in a moment, side by side with others."""
        task = asyncio.create_task(self.deliver(event))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def all_sent(self) -> None:
        """Until nothing is under way any more."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    async def deliver(self, event: Event) -> Delivery:
        body = to_bytes(event)
        statuses: list[int | None] = []
        for pause_s in (0.0, *self.pauses_s):
            await asyncio.sleep(pause_s * self.time_scale)
            started = time.perf_counter()
            statuses.append(await self._post(body, event["meta"]["event_name"]))
            if statuses[-1] == 200:
                break
        delivery = Delivery(event, tuple(statuses), time.perf_counter() - started)
        self.done.append(delivery)
        return delivery

    async def _post(self, body: bytes, event_name: str) -> int | None:
        sent = headers(body, event_name, self.secret)
        try:
            return (await self.client.post(self.url, content=body, headers=sent, timeout=PATIENCE_S)).status_code
        except httpx2.HTTPError:
            return None


def disturbed(
    events: Sequence[Event],
    seed: int,
    *,
    copies: tuple[int, int] = (1, 1),
    lost: float = 0.0,
    shuffled: bool = True,
) -> list[Event]:
    """What arrives of these events, and in which order: the same for the same seed.

    `lost`: the share that never comes. A copy may have another webhook_id: nobody says that it stays the same.
    """
    chance = random.Random(seed)
    arriving = [
        _copy(event, number, chance)
        for event in _kept(events, lost, chance)
        for number in range(chance.randint(*copies))
    ]
    if shuffled:
        chance.shuffle(arriving)
    return arriving


def _kept(events: Sequence[Event], lost: float, chance: random.Random) -> list[Event]:
    """Exactly that share is lost, to the next event."""
    places = set(chance.sample(range(len(events)), round(len(events) * lost)))
    return [event for place, event in enumerate(events) if place not in places]


def _copy(event: Event, number: int, chance: random.Random) -> Event:
    if number == 0 or chance.random() < 0.5:
        return event
    other_id = str(uuid.UUID(int=chance.getrandbits(128), version=4))
    return event | {"meta": event["meta"] | {"webhook_id": other_id}}

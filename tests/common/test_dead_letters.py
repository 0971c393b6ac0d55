"""Dead letters: listed, shown and sent again, on a real stream."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from common import dead_letters
from common.bus import Bus
from common.dead_letters import BusAway, DeadLetter, NoSuchLetter, NotReplayable
from common.errors import Exhausted
from common.streams import DEAD
from tests.common.bus_support import REQUESTED, Heard, consuming, drained, running_bus, send, send_bytes
from tests.support.processes import until

BROKEN = b"\xff not an event"


@pytest.fixture
def handler() -> Heard:
    """Fails the first event for good and handles the next."""
    return Heard(Exhausted("vendor_away", "it failed 5 times"), 0.0)


@pytest.fixture
async def bus(empty_nats: str, handler: Heard) -> AsyncIterator[Bus]:
    async with running_bus(consuming(empty_nats, handler)) as running:
        yield running


async def letters(url: str, count: int) -> list[DeadLetter]:
    async def there() -> bool:
        return (await dead_letters.list_dead(url, 100)).total == count

    await until(there, f"{count} dead letters")
    return (await dead_letters.list_dead(url, 100)).letters


async def test_an_empty_or_missing_stream_lists_nothing(empty_nats: str):
    assert (await dead_letters.list_dead(empty_nats, 10)).total == 0
    async with running_bus(consuming(empty_nats, Heard())):
        listing = await dead_letters.list_dead(empty_nats, 10)
    assert (listing.total, listing.letters) == (0, [])
    assert await dead_letters.replay_all(empty_nats) == []


async def test_a_listing_tells_the_oldest_first_and_how_many_there_are(bus: Bus, empty_nats: str):
    for _ in range(4):
        await send_bytes(bus, BROKEN)
    everything = await letters(empty_nats, 4)
    await bus.client.jetstream().delete_msg(DEAD, everything[1].seq)
    listing = await dead_letters.list_dead(empty_nats, 2)
    assert listing.total == 3
    assert [letter.seq for letter in listing.letters] == [everything[0].seq, everything[2].seq]


async def test_a_letter_shows_what_came_and_why_it_died(bus: Bus, empty_nats: str):
    await send_bytes(bus, BROKEN)
    (listed,) = await letters(empty_nats, 1)
    letter = await dead_letters.show(empty_nats, listed.seq)
    assert letter == listed
    assert (letter.body, letter.reason) == (BROKEN, "not_an_event")
    assert (letter.subject, letter.consumer) == ("generation.requested.v1", REQUESTED.name)
    assert letter.detail.startswith("no CloudEvents envelope")


async def test_a_replayed_letter_is_handled_and_gone(bus: Bus, handler: Heard, empty_nats: str):
    event = await send(bus)
    (letter,) = await letters(empty_nats, 1)
    assert await dead_letters.replay(empty_nats, letter.seq) == letter
    await handler.called(2)
    await until(lambda: drained(bus), "the ack")
    assert handler.events == [event, event]
    assert (await dead_letters.list_dead(empty_nats, 10)).total == 0
    with pytest.raises(NoSuchLetter, match=f"no dead letter {letter.seq}"):
        await dead_letters.show(empty_nats, letter.seq)


async def test_what_is_still_broken_dies_again(bus: Bus, empty_nats: str):
    await send_bytes(bus, BROKEN)
    (letter,) = await letters(empty_nats, 1)
    for _ in range(2):
        await dead_letters.replay(empty_nats, letter.seq)
        (again,) = await letters(empty_nats, 1)
        assert again.seq > letter.seq
        assert again.body == BROKEN
        letter = again


async def test_all_are_replayed_but_those_of_unknown_events(bus: Bus, handler: Heard, empty_nats: str):
    js = bus.client.jetstream()
    unknown = await js.publish("dead.somebody", b"{}", stream=DEAD, headers={"Vision3-Subject": "unheard.of.v9"})
    event = await send(bus)
    await letters(empty_nats, 2)
    (replayed,) = await dead_letters.replay_all(empty_nats)
    await handler.called(2)
    assert handler.events == [event, event]
    assert replayed.subject == "generation.requested.v1"
    assert [letter.seq for letter in await letters(empty_nats, 1)] == [unknown.seq]
    with pytest.raises(NotReplayable, match="unheard"):
        await dead_letters.replay(empty_nats, unknown.seq)


async def test_a_letter_nobody_knows_and_a_server_nobody_finds_are_clear_errors(bus: Bus, empty_nats: str):
    with pytest.raises(NoSuchLetter):
        await dead_letters.replay(empty_nats, 4711)
    with pytest.raises(BusAway):
        await dead_letters.list_dead("nats://127.0.0.1:1", 10)

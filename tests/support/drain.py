"""Quiescence: a flow test goes on until nothing is left to do, and fails on whatever was given up."""

from __future__ import annotations

import asyncpg
from nats.js import JetStreamContext

from common.streams import DEAD, WORK
from tests.support.processes import until

LEFT = """
select (select count(*) from generations where status = 'PENDING') + (select count(*) from outbox)
"""


async def drained(owner: asyncpg.Connection, js: JetStreamContext, *, dead_letters: int, seconds: float = 20.0) -> None:
    """Until no generation is pending, the outbox is empty and all work is acked, with so many dead letters in all."""

    async def quiet() -> bool:
        assert await _messages(js, DEAD) <= dead_letters, "work ended in a dead letter"
        # Rows first: once they are quiet, what the stream still holds adds none.
        return await owner.fetchval(LEFT) == 0 and await _messages(js, WORK) == 0

    await until(quiet, "everything to be worked off", seconds=seconds)
    assert await _messages(js, DEAD) == dead_letters


async def _messages(js: JetStreamContext, stream: str) -> int:
    return (await js.stream_info(stream)).state.messages

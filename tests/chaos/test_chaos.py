"""Sixty generations while every process, NATS (its store erased once) and Postgres are killed with -9 in turn."""

from __future__ import annotations

import asyncio
import random
import shutil
import time
import uuid
from pathlib import Path

import asyncpg
import pytest

from tests.support.invariants import check_objects, check_rows
from tests.support.whole_system import WholeSystem, whole_system
from vision3.api import GenerationType
from vision3.errors import CommandError

USERS, PER_USER = 12, 5
TURNS = ("orchestrator", "imager-1", "nats", "gateway", "imager-2", "postgres", "billing", "retention", "nats erased")
ROUNDS = 2
PAUSE_S = 1.5
DRAIN_S = 30.0


async def post_until_accepted(system: WholeSystem, user: str, prompt: str, kind: GenerationType) -> None:
    """As a careful client does: the same key until there is an answer."""
    key = str(uuid.uuid4())
    async with system.as_user(user) as client:
        while True:
            try:
                await client.generate(prompt, kind, key=key)
            except CommandError:
                await asyncio.sleep(0.3)
            else:
                return


async def request_all(system: WholeSystem) -> None:
    async def of_user(number: int) -> None:
        for turn in range(PER_USER):
            kind: GenerationType = "TITLE" if turn == 0 else "THUMBNAIL"
            await post_until_accepted(system, f"user-{number}", f"{turn} ways to bake bread, part {number}", kind)
            await asyncio.sleep(random.uniform(0, 2 * ROUNDS * len(TURNS) * PAUSE_S / PER_USER))

    await asyncio.gather(*(of_user(number) for number in range(USERS)))


async def kill_in_turn(system: WholeSystem) -> None:
    for target in TURNS * ROUNDS:
        await asyncio.sleep(PAUSE_S)
        name, _, erase = target.partition(" ")
        while not system.kill(name):
            await asyncio.sleep(0.05)  # still down from its last turn
        if erase:
            shutil.rmtree(system.folder / "nats" / "jetstream", ignore_errors=True)


async def pending(url: str) -> list[str]:
    """What is left to do: generations and events. Postgres may still be on its way back."""
    try:
        connection = await asyncpg.connect(url)
    except (OSError, asyncpg.CannotConnectNowError):
        return ["postgres"]
    try:
        rows = await connection.fetch("select id from vision3.generations where status = 'PENDING'")
        events = await connection.fetch("select id from vision3.outbox")
        return [str(row["id"]) for row in [*rows, *events]]
    finally:
        await connection.close()


@pytest.mark.chaos
@pytest.mark.timeout(240)
async def test_everything_ends_and_every_credit_is_accounted_for(tmp_path: Path):
    with whole_system(tmp_path / "data") as system:
        await asyncio.gather(request_all(system), kill_in_turn(system))

        started = time.monotonic()
        while await pending(system.state.database_url):
            assert time.monotonic() - started < DRAIN_S, "not drained in time"
            await asyncio.sleep(0.2)

        owner = await asyncpg.connect(system.state.database_url)
        await owner.execute("set search_path = vision3")
        assert await owner.fetchval("select count(*) from generations") == USERS * PER_USER
        await check_rows(owner)
        await check_objects(owner, system.folder / "objects")
        failed = await owner.fetch("select failure_code from generations where status = 'FAILED'")
        await owner.close()
        assert failed == [], "a restart is no reason to fail"

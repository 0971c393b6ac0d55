"""Heads that don't come, or not to their end: who sends them is given up, and nobody else is kept waiting."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

import httpx2
import pytest

from common import http_protocol
from tests.common.http_support import (
    ANSWERED,
    ENDLESS_HEAD,
    GET,
    KEEP_ALIVE_S,
    SLOW,
    connected,
    everything,
    refusal,
    send,
    trickle,
)


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> float:
    """The time that a head may take here."""
    monkeypatch.setattr(http_protocol, "HEAD_S", 0.4)
    return 0.4


@pytest.mark.parametrize("before", [b"", GET], ids=["the first", "a later one"])
async def test_a_head_that_trickles_is_given_up_and_others_are_answered_meanwhile(
    port: int, hurried: float, before: bytes
):
    async with connected(port) as (reader, writer), httpx2.AsyncClient(trust_env=False) as client:
        writer.write(before)
        if before:
            await reader.readuntil(ANSWERED)
        writer.write(b"GET / HTTP/1.1\r\nX-Slow: ")
        began = time.monotonic()
        trickling = asyncio.create_task(trickle(writer, b"a"))
        refused = asyncio.create_task(refusal(reader))
        while not refused.done():
            assert (await client.get(f"http://127.0.0.1:{port}/")).text == "0"
        assert await refused == (b"HTTP/1.1 408", "request_timeout")
        assert hurried <= time.monotonic() - began < hurried + 1
        trickling.cancel()


async def test_a_head_in_pieces_is_heard_when_it_comes_in_time(port: int):
    async with connected(port) as (reader, writer):
        for _ in range(2):
            for piece in (b"\r\n", GET[:5], GET[5:20], GET[20:]):
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0.05)
            assert (await reader.readuntil(ANSWERED)).startswith(b"HTTP/1.1 200")


async def test_after_a_head_in_pieces_an_answer_may_take_longer_than_a_head(port: int, hurried: float):
    async with connected(port) as (reader, writer):
        writer.write(SLOW[:5])
        await asyncio.sleep(0.1)
        writer.write(SLOW[5:])
        assert (await reader.readuntil(ANSWERED)).startswith(b"HTTP/1.1 200")


async def test_a_head_in_one_piece_takes_no_timer(port: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(http_protocol, "HEAD_S", None)  # to be waited for by nobody
    async with connected(port) as (reader, writer):
        for _ in range(2):
            writer.write(GET)
            assert (await reader.readuntil(ANSWERED)).startswith(b"HTTP/1.1 200")


async def test_a_connection_that_never_sends_anything_is_closed_without_a_word(port: int):
    async with connected(port) as (reader, _):
        began = time.monotonic()
        assert await everything(reader) == b""
        assert KEEP_ALIVE_S <= time.monotonic() - began < KEEP_ALIVE_S + 1


@pytest.mark.parametrize(
    "before", [GET, b"POST /early HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"], ids=["lines", "a body"]
)
async def test_whatever_else_trickles_after_an_answer_holds_no_connection(port: int, hurried: float, before: bytes):
    async with connected(port) as (reader, writer):
        writer.write(before)
        await reader.readuntil(ANSWERED)
        trickling = asyncio.create_task(trickle(writer, b"\r\n"))
        assert await everything(reader) == b""
        trickling.cancel()


BEHIND = {
    "no HTTP": ([b"GARBAGE\r\n\r\n"], KEEP_ALIVE_S),
    "a head without an end": (ENDLESS_HEAD, KEEP_ALIVE_S),
    "a head that stops": ([GET[:-5]], 2 * KEEP_ALIVE_S),
}


@pytest.mark.parametrize(("wrong", "within_s"), BEHIND.values(), ids=BEHIND)
async def test_what_is_wrong_behind_a_request_leaves_its_answer_whole(
    port: int, hurried: float, wrong: list[bytes], within_s: float
):
    async with connected(port) as (reader, writer):
        writer.write(SLOW)
        await reader.readuntil(b"slowly ")
        await send(writer, *wrong)
        async with asyncio.timeout(within_s):
            assert await everything(reader) == b"\r\n1\r\n0\r\n0\r\n\r\n"


async def test_behind_what_is_wrong_nothing_is_read(port: int):
    sent = 0
    async with connected(port) as (reader, writer):
        writer.write(SLOW)
        await reader.readuntil(b"slowly ")
        await send(writer, *ENDLESS_HEAD)
        with suppress(TimeoutError, OSError):
            async with asyncio.timeout(0.4):
                while True:
                    await send(writer, b"a" * 65_536)
                    sent += 65_536
        writer.transport.abort()
    assert sent < 12 * 2**20  # what the buffers between the two take

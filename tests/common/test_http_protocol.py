"""What the server refuses by itself, before any application hears of it, and what it has to understand."""

from __future__ import annotations

import httpx2
import pytest

from tests.common.http_support import ANSWERED, ENDLESS_HEAD, GET, SLOW, connected, everything, refusal, send


async def test_a_head_without_an_end_is_refused(port: int):
    async with connected(port) as (reader, writer):
        await send(writer, *ENDLESS_HEAD)
        assert await refusal(reader) == (b"HTTP/1.1 431", "headers_too_large")


async def test_so_is_the_head_of_a_later_request(port: int):
    async with connected(port) as (reader, writer):
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nb")
        await reader.readuntil(ANSWERED)
        await send(writer, *ENDLESS_HEAD)
        assert await refusal(reader) == (b"HTTP/1.1 431", "headers_too_large")


async def test_what_is_no_http_is_a_problem(port: int):
    async with connected(port) as (reader, writer):
        writer.write(b"GARBAGE\r\n\r\n")
        assert await refusal(reader) == (b"HTTP/1.1 400", "malformed_request")


async def test_bodies_and_earlier_requests_count_for_no_head(port: int):
    async with httpx2.AsyncClient(trust_env=False) as client:
        for _ in range(4):
            answer = await client.post(
                f"http://127.0.0.1:{port}/", headers={"X-Long": "a" * 40_000}, content=b"b" * 300_000
            )
            assert (answer.status_code, answer.text) == (200, "300000")


async def test_requests_in_one_piece_are_answered_in_order(port: int):
    async with connected(port) as (reader, writer):
        writer.write(SLOW + b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc" + GET)
        answers = [await reader.readuntil(b"0\r\n\r\n") for _ in range(3)]
    assert [answer.split(b"\r\n")[-4] for answer in answers] == [b"0", b"3", b"0"]


async def test_a_request_of_http_1_0_is_answered_and_its_connection_closed(port: int):
    async with connected(port) as (reader, writer):
        writer.write(b"POST / HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc")
        answer = await everything(reader)
    assert answer.startswith(b"HTTP/1.1 200")
    assert b"connection: close" in answer


async def test_a_client_that_asks_whether_to_go_on_is_told_so(port: int):
    async with connected(port) as (reader, writer):
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(b"abc")
        answer = await reader.readuntil(b"0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b"\r\n3\r\n0\r\n\r\n")


UPGRADE = b"Host: x\r\nConnection: Upgrade\r\nUpgrade: %b\r\n"


@pytest.mark.parametrize("protocol", [b"h2c", b"websocket"])
async def test_who_asks_for_another_protocol_is_answered_in_this_one(
    port: int, protocol: bytes, caplog: pytest.LogCaptureFixture
):
    async with connected(port) as (reader, writer):
        for _ in range(2):
            writer.write(b"GET / HTTP/1.1\r\n" + UPGRADE % protocol + b"\r\n")
            assert (await reader.readuntil(ANSWERED)).startswith(b"HTTP/1.1 200")
    assert not [record for record in caplog.records if record.levelname == "WARNING"]


@pytest.mark.parametrize("length", [b"Content-Length: %d\r\n\r\n" % len(GET), b"Transfer-Encoding: chunked\r\n\r\n"])
async def test_the_body_of_such_a_request_never_becomes_a_request(port: int, length: bytes):
    async with connected(port) as (reader, writer):
        writer.write(b"POST / HTTP/1.1\r\n" + UPGRADE % b"h2c" + length)
        writer.write(GET)
        assert await refusal(reader) == (b"HTTP/1.1 400", "malformed_request")


@pytest.mark.parametrize("target", [b"/\xff\xfe", b"/\0", b"/?q=\xff", b"/?q=\0", b"", b"http://x", b"x:443"], ids=repr)
async def test_an_address_that_is_none_is_a_problem(port: int, target: bytes):
    async with connected(port) as (reader, writer):
        writer.write(b"GET " + target + b" HTTP/1.1\r\nHost: x\r\n\r\n")
        assert await refusal(reader) == (b"HTTP/1.1 400", "malformed_request")


@pytest.mark.parametrize(
    "lengths",
    [
        b"Content-Length: 3\r\nContent-Length: 4",
        b"Content-Length: 3, 4",
        b"Content-Length: -3",
        b"Content-Length: +3",
        b"Content-Length: 3" + b"0" * 30,
        b"Content-Length: 3\r\nTransfer-Encoding: chunked",
        b"Transfer-Encoding: chunked\r\nContent-Length: 3",
        b"Transfer-Encoding: gzip",
        b"Transfer-Encoding: chunked, gzip",
        b"Transfer-Encoding: chunked\r\n\r\nzz",
    ],
    ids=repr,
)
async def test_a_body_of_no_certain_length_is_refused_with_all_that_follows(port: int, lengths: bytes):
    async with connected(port) as (reader, writer):
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\n" + lengths + b"\r\n\r\n0\r\n\r\n" + GET)
        assert await refusal(reader) == (b"HTTP/1.1 400", "malformed_request")

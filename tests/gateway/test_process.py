"""The real process over real sockets: its environment, its health, and bodies that it must not read."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from common.body_limit import LIMIT_S
from common.http_protocol import HEAD_S
from tests.gateway.conftest import bearer
from vision3.servers.ports import free_port

LIMIT_BYTES = 64 * 1024
HEAD = "POST /api/generations HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


def environment(settings: dict[str, Any]) -> dict[str, str]:
    return {"PATH": os.environ["PATH"]} | {f"VISION3_{name.upper()}": str(value) for name, value in settings.items()}


@pytest.fixture
def port(settings: dict[str, Any]) -> Iterator[int]:
    """Where a gateway listens that was started as an operator starts it."""
    port = free_port()
    command = [sys.executable, "-m", "gateway.app"]
    process = subprocess.Popen(
        command, env=environment(settings | {"http_port": port}), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        until_alive(port)
        yield port
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    finally:
        process.kill()
        process.wait()


def until_alive(port: int) -> None:
    for _ in range(200):
        try:
            if httpx2.get(f"http://127.0.0.1:{port}/livez", trust_env=False).is_success:
                return
        except httpx2.HTTPError:
            time.sleep(0.05)
    raise AssertionError("the gateway did not come up")


def refused(connection: socket.socket) -> dict[str, Any]:
    """The 413 and the connection's end."""
    connection.settimeout(3)
    answer = b""
    while piece := connection.recv(65_536):
        answer += piece
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 413"), head
    assert b"connection: close" in head.lower()
    return json.loads(body)


async def test_a_prompt_goes_in_over_http(port: int):
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http:
        wanted = {"prompt": "bread", "type": "TITLE"}
        answer = await http.post("/api/generations", json=wanted, headers=bearer("alice"))
        assert answer.status_code == 202
        shown = await http.get(answer.headers["Location"], headers=bearer("alice"))
    assert shown.json()["status"] == "PENDING"


async def test_a_body_that_says_it_is_too_large_is_refused_before_a_byte_of_it(port: int):
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(f"{HEAD}Content-Length: {LIMIT_BYTES + 1}\r\n\r\n".encode())
        assert (await asyncio.to_thread(refused, connection))["code"] == "body_too_large"


async def test_a_client_that_asks_first_is_not_told_to_go_on(port: int):
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(f"{HEAD}Expect: 100-continue\r\nContent-Length: 300000000\r\n\r\n".encode())
        assert (await asyncio.to_thread(refused, connection))["status"] == 413


async def test_a_chunked_body_is_refused_once_it_has_become_too_large(port: int):
    chunk = b"1000\r\n" + b" " * 0x1000 + b"\r\n"
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(f"{HEAD}Transfer-Encoding: chunked\r\n\r\n".encode())
        connection.sendall(chunk * (LIMIT_BYTES // 0x1000 + 1))
        assert (await asyncio.to_thread(refused, connection))["code"] == "body_too_large"


def answered(connection: socket.socket, *, within_s: float = 3) -> bytes:
    """All of it, until the connection's end."""
    connection.settimeout(within_s)
    answer = b""
    while piece := connection.recv(65_536):
        answer += piece
    return answer


async def test_a_body_of_100_000_levels_is_refused(port: int):
    deep = b"[" * 100_000
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(f"{HEAD}Content-Length: {len(deep)}\r\n\r\n".encode() + deep)
        assert (await asyncio.to_thread(refused, connection))["code"] == "body_too_large"
    deep = deep[:LIMIT_BYTES]
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http:
        headers = {"Content-Type": "application/json"} | bearer("alice")
        answer = await http.post("/api/generations", content=deep, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


async def test_a_body_of_two_lengths_is_refused_and_nothing_behind_it_is_read(port: int):
    """Where two readers disagree on a body's end, the rest of it becomes somebody's request."""
    smuggled = b"0\r\n\r\nGET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
    for lengths in (
        "Content-Length: 4\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 4",
    ):
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(f"{HEAD}{lengths}\r\n\r\n".encode() + smuggled)
            answer = await asyncio.to_thread(answered, connection)
        assert answer.startswith(b"HTTP/1.1 400"), answer
        assert answer.count(b"content-length") == 1
        assert b"alive" not in answer


TRICKLES = {"a head": "GET /api/me HTTP/1.1\r\nX-Slow: ", "a body": f"{HEAD}Content-Length: 1000\r\n\r\nhalf"}


async def test_what_trickles_is_given_up_and_others_go_on(port: int):
    slow = [asyncio.create_task(trickled(port, begin.encode())) for begin in TRICKLES.values()]
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http:
        while not all(task.done() for task in slow):
            async with asyncio.timeout(1):
                assert (await http.get("/api/me", headers=bearer("alice"))).status_code == 200
            await asyncio.sleep(0.1)
    for answer in await asyncio.gather(*slow):
        assert answer.startswith(b"HTTP/1.1 408"), answer
        assert b"connection: close" in answer.lower()
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["code"] == "request_timeout"


async def trickled(port: int, begin: bytes) -> bytes:
    """What is answered to a client that sends one more byte each half second."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(begin)
    answer = asyncio.create_task(reader.read())
    async with asyncio.timeout(max(LIMIT_S, HEAD_S) + 3):
        while not answer.done():
            await asyncio.sleep(0.5)
            writer.write(b"x")
    writer.close()
    return await answer


async def test_a_client_that_leaves_in_the_middle_of_its_body_harms_nobody(port: int):
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(f"{HEAD}Content-Length: 1000\r\n\r\nhalf".encode())
    assert httpx2.get(f"http://127.0.0.1:{port}/livez", trust_env=False).is_success


def test_a_missing_setting_is_named_and_no_value_is_shown(settings: dict[str, Any]):
    wrong = environment(settings | {"media_secret": "too short"})
    del wrong["VISION3_PUBLIC_URL"]
    ended = subprocess.run([sys.executable, "-m", "gateway.app"], env=wrong, capture_output=True, text=True, timeout=30)
    assert ended.returncode == 2
    assert "VISION3_PUBLIC_URL" in ended.stderr
    assert "VISION3_MEDIA_SECRET" in ended.stderr
    assert "too short" not in ended.stderr

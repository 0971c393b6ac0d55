"""Several gateways behind a balancer: whichever a follower asks, it is told the same."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import asyncpg
import httpx2
import pytest

from common.events import ConceptFailed, GenerationFailed
from common.ids import uuid7
from tests.gateway import rows
from tests.gateway.conftest import Gateway
from tests.gateway.news import hint, stream
from tests.gateway.test_process import environment, until_alive
from tests.support.processes import until
from vision3.servers.ports import free_port


@pytest.fixture
def two(settings: dict[str, Any]) -> Iterator[list[tuple[str, subprocess.Popen[bytes]]]]:
    """Addresses and processes."""
    ports = [free_port(), free_port()]
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "gateway.app"],
            env=environment(settings | {"http_port": port}),
            stdout=subprocess.DEVNULL,
        )
        for port in ports
    ]
    try:
        for port in ports:
            until_alive(port)
        yield [(f"http://127.0.0.1:{port}", process) for port, process in zip(ports, processes, strict=True)]
    finally:
        for process in processes:
            process.kill()
            process.wait()


async def connected(url: str) -> None:
    async with httpx2.AsyncClient(base_url=url, trust_env=False) as http:

        async def answers() -> bool:
            return (await http.get("/readyz")).json()["dependencies"]["nats"]

        await until(answers, "the gateway's connection to NATS")


async def test_a_follower_of_a_killed_gateway_goes_on_at_the_other(
    two: list[tuple[str, subprocess.Popen[bytes]]], owner: asyncpg.Connection, nats_url: str
):
    (first, dying), (second, _) = two
    await connected(first)
    await connected(second)
    async with httpx2.AsyncClient(base_url=first, trust_env=False) as http:
        generation = UUID((await Gateway(http).generate(count=3)).json()["generation_id"])
    path = f"/api/generations/{generation}/events"
    async with stream(first + path) as killed, stream(second + path) as other:
        assert await killed.next() == await other.next()
        await rows.concept(owner, generation, 0, status="FAILED", failure_code="x")
        await hint(nats_url, ConceptFailed(concept_id=uuid7(), generation_id=generation, code="x"))
        seen = await killed.next(2)
        assert seen == await other.next(2)
        dying.kill()
        with pytest.raises(httpx2.RemoteProtocolError):
            await killed.next()
        async with stream(second + path) as again:
            assert await again.next() == seen
            await rows.settle(owner, generation, "FAILED")
            await hint(nats_url, GenerationFailed(generation_id=generation, user_id=None, code="x"))
            for follower in (again, other):
                assert (await follower.next(2)).data["status"] == "FAILED"
                assert await follower.rest() == []


async def test_what_one_gateway_told_the_other_knows(two: list[tuple[str, subprocess.Popen[bytes]]]):
    (first, _), (second, _) = two
    async with httpx2.AsyncClient(trust_env=False) as http:
        gateway = Gateway(http)
        accepted = await gateway.post(f"{first}/api/generations", json={"prompt": "x", "type": "TITLE"})
        path = accepted.headers["Location"]
        etag = (await gateway.get(first + path)).headers["ETag"]
        again = await gateway.get(second + path, headers={"If-None-Match": etag})
    assert again.status_code == 304

"""Measures one gateway process over HTTP: `.venv/bin/python -m benchmarks.api [--stored 100000]`.

POST and status GET a second with 32 connections, in turns with benchmarks/plain_api.py, and p99 of POST, GET and list
with an empty and with a full database. The client's time on the shared cores is part of every figure.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import asyncpg
from pytest_httpserver import HTTPServer

from benchmarks.connection import Connection
from benchmarks.harness import CHECKOUT, cpu_s
from tests.support import servers, tokens
from vision3.servers.ports import free_port

CONNECTIONS = 32
RUN_S = 4.0
ROUNDS, TURNS = 3, 5
CALM_EVERY_S = 0.01
CALM_REQUESTS = 400
OWNERS = 10_000
EACH = 100
"""Generations of a caller, whoever else has some: a list is as long with an empty database as with a full one."""

# Ids as ours are, so that what was made at one time lies together.
UUID_AT = """
create function pg_temp.uuid_at(at timestamptz) returns uuid language sql volatile as $$
  select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' || substr(md5(random()::text), 1, 3)
    || '8' || substr(md5(random()::text), 1, 15))::uuid
$$
"""

# In order of time over 28 days; owner after owner, again and again.
FILL = """
create temporary table owned as select id, row_number() over () - 1 as n from users where clerk_id like '{owners}%';
create index on owned (n);
create temporary table made as
  select o.id as user_id, at, pg_temp.uuid_at(at) as id from generate_series(1, {stored}) s (n)
  cross join lateral (select now() - interval '28 days' * ({stored} - s.n) / {stored} as at) t
  join owned o on o.n = s.n % (select count(*) from owned) order by s.n;
insert into generations (id, user_id, type, user_prompt, requested_count, credits_charged, status, created_at)
  select id, user_id, 'TITLE', 'a video about some topic of the day', 1, 1, 'COMPLETED', at from made;
insert into credit_entries (id, user_id, amount, kind, reference, generation_id, balance_after)
  select pg_temp.uuid_at(at), user_id, -1, 'charge', 'charge:' || id, id, 1 from made;
insert into artifacts (id, generation_id, type, content)
  select pg_temp.uuid_at(at), id, 'TEXT', 'title' from made, generate_series(1, 5);
drop table owned, made;
"""


class Caller:
    """One user on one connection."""

    def __init__(self, port: int, name: str) -> None:
        self.connection = Connection(port)
        self.name = name
        self.last = UUID(int=0)

    async def open(self) -> None:
        await self.connection.open()
        self.connection.token = tokens.key().token(self.name, exp=int(time.time()) + 3600)
        await self.connection.request("GET", "/api/me")

    async def post(self) -> None:
        body = b'{"prompt": "a video about making sourdough bread", "type": "TITLE"}'
        answer = await self.connection.request("POST", "/api/generations", body)
        self.last = UUID(answer[answer.index(b'"generation_id":"') + 17 :][:36].decode())

    async def get(self) -> None:
        await self.connection.request("GET", f"/api/generations/{self.last}")

    async def list(self) -> None:
        await self.connection.request("GET", "/api/generations")


@dataclass(frozen=True)
class Process:
    """A server that is measured."""

    port: int
    pid: int


@contextmanager
def issuer() -> Iterator[str]:
    """The address of the keys that tokens are signed with."""
    with HTTPServer(host="127.0.0.1") as server:
        server.expect_request("/jwks").respond_with_json(tokens.jwks(tokens.key()))
        yield server.url_for("/jwks")


@contextmanager
def running_module(module: str, environment: Mapping[str, object]) -> Iterator[int]:
    """Its pid."""
    told = os.environ | {name: str(value) for name, value in environment.items()}
    process = subprocess.Popen([sys.executable, "-m", module], env=told, cwd=CHECKOUT, stdout=subprocess.DEVNULL)
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait()


@contextmanager
def gateway(database: servers.TestDatabase, nats_url: str, jwks_url: str, folder: Path) -> Iterator[Process]:
    """One process, as an operator starts it, with limits that nobody meets."""
    port = free_port()
    settings = {
        "DATABASE_URL": database.url("gateway"),
        "NATS_URL": nats_url,
        "HTTP_PORT": port,
        "PUBLIC_URL": "http://127.0.0.1",
        "CLERK_ISSUER": tokens.ISSUER,
        "CLERK_JWKS_URL": jwks_url,
        "MEDIA_SECRET": "x" * 32,
        "STORE_URL": (folder / "store").as_uri(),
        "MAX_PENDING": 10**6,
        "USER_PER_MINUTE": 10**6,
        "ADDRESS_PER_MINUTE": 10**9,
    }
    with running_module("gateway.app", {f"VISION3_{name}": value for name, value in settings.items()}) as pid:
        yield Process(port, pid)


@contextmanager
def plain(postgres_url: str, jwks_url: str) -> Iterator[Process]:
    port = free_port()
    environment = {"PLAIN_DATABASE_URL": postgres_url, "PLAIN_JWKS_URL": jwks_url, "PLAIN_PORT": port}
    with running_module("benchmarks.plain_api", environment) as pid:
        yield Process(port, pid)


async def rate(callers: list[Caller], ask: Callable[[Caller], Awaitable[None]]) -> float:
    """Answers a second, each connection asking again as soon as it was answered."""
    end = time.perf_counter() + RUN_S

    async def work(caller: Caller) -> int:
        done = 0
        while time.perf_counter() < end:
            await ask(caller)
            done += 1
        return done

    return sum(await asyncio.gather(*map(work, callers))) / RUN_S


async def p99_ms(callers: list[Caller], ask: Callable[[Caller], Awaitable[None]]) -> float:
    """At a calm pace, callers taking turns."""
    times = []
    for number in range(CALM_REQUESTS):
        await asyncio.sleep(CALM_EVERY_S)
        began = time.perf_counter()
        await ask(callers[number % len(callers)])
        times.append((time.perf_counter() - began) * 1000)
    return statistics.quantiles(times, n=100)[98]


async def empty(owner: asyncpg.Connection) -> None:
    """Nothing but the callers with what they made, and credits enough."""
    await owner.execute("truncate generations, credit_entries, idempotency_keys, outbox cascade")
    await owner.execute("update users set credits_remaining = 1000000")
    await fill(owner, "user_caller", CONNECTIONS * EACH)


async def fill(owner: asyncpg.Connection, owners: str, stored: int) -> None:
    began = time.perf_counter()
    await owner.execute(FILL.format(owners=owners, stored=stored))
    print(f"stored {stored} generations in {time.perf_counter() - began:.0f} s")


async def make_owners(owner: asyncpg.Connection) -> None:
    await owner.execute(
        "insert into users (id, clerk_id) select gen_random_uuid(), 'owner ' || n from generate_series(1, $1) n", OWNERS
    )


async def settle(owner: asyncpg.Connection) -> None:
    """Old work would make the gateway busy."""
    await owner.execute("update generations set status = 'COMPLETED' where status = 'PENDING'")


ASKS: dict[str, Callable[[Caller], Awaitable[None]]] = {"POST": Caller.post, "GET": Caller.get, "list": Caller.list}


async def calm(callers: list[Caller], owner: asyncpg.Connection, label: str) -> None:
    await owner.execute("vacuum analyze")
    await asyncio.sleep(2)
    for caller in callers:
        await caller.post()
    figures = []
    for name, ask in ASKS.items():
        medians = [await p99_ms(callers, ask) for _ in range(ROUNDS)]
        figures.append(f"{name} {statistics.median(medians):.1f} ms")
    print(f"p99 {label}: {', '.join(figures)}")
    await settle(owner)


async def flat_out(name: str, sides: dict[str, tuple[Process, list[Caller]]], owner: asyncpg.Connection) -> None:
    """In turns, each with nothing pending, since nobody has more than a handful.

    The process's own time says what a machine with nothing else to do could reach.
    """
    rates: dict[str, list[float]] = {side: [] for side in sides}
    costs: dict[str, list[float]] = {side: [] for side in sides}
    for _ in range(TURNS):
        for side, (process, callers) in sides.items():
            await settle(owner)
            before = cpu_s([process.pid])
            rates[side].append(await rate(callers, ASKS[name]))
            costs[side].append((cpu_s([process.pid]) - before) / (rates[side][-1] * RUN_S) * 1000)
    for side in sides:
        a_second, cost = statistics.median(rates[side]), statistics.median(costs[side])
        print(f"{name}, {side}: {a_second:.0f} a second, {cost:.2f} ms of its CPU each")
    ratios = [ours / theirs for ours, theirs in zip(rates["gateway"], rates["plain"], strict=True)]
    print(f"{name}: gateway / plain {statistics.median(ratios):.2f}")


async def callers_of(process: Process) -> list[Caller]:
    callers = [Caller(process.port, f"caller{number}") for number in range(CONNECTIONS)]
    for caller in callers:
        await caller.open()
    return callers


async def measure(process: Process, peer: Process, owner: asyncpg.Connection, stored: int) -> None:
    callers = await callers_of(process)
    await owner.execute(UUID_AT)
    await empty(owner)
    await calm(callers, owner, "empty")
    sides = {"gateway": (process, callers), "plain": (peer, await callers_of(peer))}
    print(f"{CONNECTIONS} connections:")
    for name in ("POST", "GET"):
        await flat_out(name, sides, owner)
    await empty(owner)
    await make_owners(owner)
    await fill(owner, "owner ", stored)
    await calm(await callers_of(process), owner, f"with {stored} generations stored")  # idle ones are closed by now


async def main(stored: int, folder: Path) -> None:
    with servers.postgres_server(folder) as postgres_url, servers.nats_server(folder) as nats_url, issuer() as jwks_url:
        database = await servers.create_database(postgres_url)
        owner = await asyncpg.connect(database.owner_url)
        await owner.execute("set search_path = vision3")
        with gateway(database, nats_url, jwks_url, folder) as process, plain(postgres_url, jwks_url) as peer:
            await measure(process, peer, owner, stored)
        await owner.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--stored", type=int, default=100_000)
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o755)  # the embedded Postgres runs as a user of its own
        asyncio.run(main(parser.parse_args().stored, Path(name)))

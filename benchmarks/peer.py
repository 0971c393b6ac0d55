"""The peer: the same job by plain nats-py workers, as one would first write it.

The same writer, the same fixed picture and composing, Postgres and JetStream. What it leaves out is what Vision3 adds:
tokens, row security, a ledger with refunds, the outbox, leases, recovery, stored backgrounds, signed addresses.

    python -m benchmarks.peer api PORT | worker        with PEER_DATABASE_URL, PEER_NATS_URL, PEER_FOLDER
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import nats
import uvicorn
from fastapi import FastAPI
from nats.errors import TimeoutError as NothingThere
from nats.js import JetStreamContext
from nats.js.api import RetentionPolicy
from pydantic import BaseModel

from benchmarks.fixed_imager import picture
from imager.compose import compose, open_background
from orchestrator.concepts.local import LocalWriter

STREAM, REQUESTED, CONCEPT = "PEER", "peer.requested", "peer.concept"
SLOTS = 4

SCHEMA = """
create table if not exists peer_users (id text primary key, credits int not null);
create table if not exists peer_generations (id uuid primary key, prompt text, status text, todo int default 4);
create table if not exists peer_titles (generation_id uuid, text text);
"""

CHARGE = "update peer_users set credits = credits - 4 where id = $1 and credits >= 4 returning credits"
DONE = """
update peer_generations set todo = todo - 1, status = case todo when 1 then 'COMPLETED' else status end where id = $1
"""


class Request(BaseModel):
    user: str
    prompt: str


class Generation(BaseModel):
    id: uuid.UUID
    status: str


@asynccontextmanager
async def connections() -> AsyncIterator[tuple[asyncpg.Pool, JetStreamContext]]:
    client = await nats.connect(os.environ["PEER_NATS_URL"])
    async with asyncpg.create_pool(os.environ["PEER_DATABASE_URL"], min_size=1, max_size=10) as pool:
        await pool.execute(SCHEMA)
        js = client.jetstream()
        await js.add_stream(name=STREAM, subjects=["peer.>"], retention=RetentionPolicy.WORK_QUEUE)
        yield pool, js
    await client.close()


def api() -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with connections() as (app.state.pool, app.state.js):
            yield

    app = FastAPI(lifespan=lifespan)

    @app.post("/generations", status_code=202)
    async def generate(request: Request) -> Generation:
        made = Generation(id=uuid.uuid4(), status="PENDING")
        async with app.state.pool.acquire() as connection, connection.transaction():
            await connection.execute("insert into peer_users values ($1, 1000000) on conflict do nothing", request.user)
            await connection.fetchval(CHARGE, request.user)
            await connection.execute(
                "insert into peer_generations values ($1, $2, $3)", made.id, request.prompt, made.status
            )
        await app.state.js.publish(REQUESTED, made.id.bytes, stream=STREAM)
        return made

    @app.get("/generations/{generation_id}")
    async def generation(generation_id: uuid.UUID) -> Generation:
        status = await app.state.pool.fetchval("select status from peer_generations where id = $1", generation_id)
        return Generation(id=generation_id, status=status)

    return app


class Worker:
    def __init__(self, pool: asyncpg.Pool, js: JetStreamContext, folder: Path) -> None:
        self._pool, self._js, self._folder = pool, js, folder
        self._picture = picture()

    async def requested(self, body: bytes) -> None:
        generation_id = uuid.UUID(bytes=body)
        prompt = await self._pool.fetchval("select prompt from peer_generations where id = $1", generation_id)
        draft = await LocalWriter().write(prompt, 4, timeout_s=10)
        await self._pool.executemany(
            "insert into peer_titles values ($1, $2)", [(generation_id, title) for title in draft.titles]
        )
        for concept in draft.concepts:
            work = [str(generation_id), concept.headline, concept.layout, list(concept.palette)]
            await self._js.publish(CONCEPT, json.dumps(work).encode(), stream=STREAM)

    async def concept(self, body: bytes) -> None:
        generation_id, headline, layout, palette = json.loads(body)
        background = await asyncio.to_thread(open_background, self._picture)
        made = await asyncio.to_thread(compose, background, headline, layout=layout, palette=palette)
        await asyncio.to_thread((self._folder / f"{uuid.uuid4()}.jpg").write_bytes, made.jpeg)
        await self._pool.execute(DONE, uuid.UUID(generation_id))

    async def run(self) -> None:
        slots = [self._loop(REQUESTED, self.requested), *(self._loop(CONCEPT, self.concept) for _ in range(SLOTS))]
        await asyncio.gather(*slots)

    async def _loop(self, subject: str, handle: Callable[[bytes], Awaitable[None]]) -> None:
        subscription = await self._js.pull_subscribe(subject, durable=subject.replace(".", "-"), stream=STREAM)
        while True:
            try:
                (message,) = await subscription.fetch(1, timeout=5)
            except NothingThere:
                continue
            await handle(message.data)
            await message.ack()


async def work() -> None:
    async with connections() as (pool, js):
        await Worker(pool, js, Path(os.environ["PEER_FOLDER"])).run()


if __name__ == "__main__":
    if sys.argv[1] == "api":
        uvicorn.run(api(), port=int(sys.argv[2]), log_level="error")
    else:
        asyncio.run(work())

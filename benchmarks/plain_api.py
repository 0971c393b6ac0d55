"""What a gateway is measured against: FastAPI and asyncpg alone, with the same tokens, and nothing that we promise.

No row security, no ledger, no keys, no outbox, no limits, no telemetry, no ETag: the user's row pays, a generation is
stored, and read again.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import asyncpg
import httpx2
import jwt
import uvicorn
from fastapi import Depends, FastAPI, HTTPException, Request
from pydantic import BaseModel

from tests.support.tokens import ISSUER

SCHEMA = """
create schema if not exists plain;
create table if not exists plain.users (id text primary key, credits int not null);
create table if not exists plain.generations (id uuid primary key, user_id text, prompt text, status text);
"""
CHARGE = "update plain.users set credits = credits - 1 where id = $1 and credits >= 1 returning credits"
SHOW = "select id, prompt, status from plain.generations where id = $1 and user_id = $2"


class Wanted(BaseModel):
    prompt: str
    type: str


class Accepted(BaseModel):
    generation_id: uuid.UUID
    status: str
    credits_remaining: int


class Generation(BaseModel):
    id: uuid.UUID
    prompt: str
    status: str


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with asyncpg.create_pool(os.environ["PLAIN_DATABASE_URL"], max_size=10) as app.state.pool:
        await app.state.pool.execute(SCHEMA)
        async with httpx2.AsyncClient(trust_env=False) as client:
            keys = (await client.get(os.environ["PLAIN_JWKS_URL"])).json()["keys"]
        app.state.keys = {key["kid"]: jwt.PyJWK(key) for key in keys}
        yield


app = FastAPI(lifespan=lifespan)


async def current_user(request: Request) -> str:
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    try:
        key = request.app.state.keys[jwt.get_unverified_header(token)["kid"]]
        claims = jwt.decode(token, key, algorithms=["RS256"], issuer=ISSUER, options={"require": ["exp", "iss", "sub"]})
    except (jwt.PyJWTError, KeyError):
        raise HTTPException(401) from None
    return str(claims["sub"])


User = Annotated[str, Depends(current_user)]


@app.get("/api/me")
async def me(user: User) -> str:
    await app.state.pool.execute("insert into plain.users values ($1, 1000000) on conflict do nothing", user)
    return user


@app.post("/api/generations", status_code=202)
async def generate(wanted: Wanted, user: User) -> Accepted:
    generation_id = uuid.uuid4()
    async with app.state.pool.acquire() as connection, connection.transaction():
        balance = await connection.fetchval(CHARGE, user)
        await connection.execute(
            "insert into plain.generations values ($1, $2, $3, 'PENDING')", generation_id, user, wanted.prompt
        )
    return Accepted(generation_id=generation_id, status="PENDING", credits_remaining=balance)


@app.get("/api/generations/{generation_id}")
async def generation(generation_id: uuid.UUID, user: User) -> Generation:
    row = await app.state.pool.fetchrow(SHOW, generation_id, user)
    if row is None:
        raise HTTPException(404)
    return Generation(**row)


if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ["PLAIN_PORT"]), log_level="error", timeout_keep_alive=75)

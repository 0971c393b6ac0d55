"""The gateway's application, made to be described: nothing of it is started."""

from __future__ import annotations

from fastapi import FastAPI

from gateway.app import build
from gateway.settings import Settings


def gateway_app() -> FastAPI:
    """With settings that lead nowhere."""
    settings = Settings(
        database_url="postgresql://nobody:nothing@127.0.0.1:1/none",
        nats_url="nats://127.0.0.1:1",
        http_port=0,
        public_url="http://127.0.0.1:8080",
        clerk_issuer="https://clerk.example",
        media_secret="x" * 32,
        store_url="file:///tmp",
    )
    return build(settings).http

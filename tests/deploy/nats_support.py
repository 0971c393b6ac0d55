"""The deployed NATS configuration, as it is, on a free port, and clients that note what they were refused."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import nats
from nats.aio.client import Client

from common.permissions import inbox
from vision3 import deployed_nats
from vision3.servers import Nats, Program
from vision3.servers.nats_config import USERS
from vision3.servers.ports import HOST, free_port

VIOLATION = "permissions violation"


class DeployedNats(Nats):
    """The wheel's server with deploy/nats/nats.conf; only addresses and the store's place are this machine's."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.monitor = free_port()

    def program(self) -> Program:
        binary = super().program().argv[0]
        places = ("--addr", HOST, "--port", str(self.port), "--http_port", str(self.monitor))
        store = ("--store_dir", str(self.store))
        # As in docker-compose.yml: quoted, so that digits alone stay a text.
        env = {deployed_nats.password_variable(user): f'"{self._passwords()[user]}"' for user in USERS}
        return Program((binary, "--config", str(deployed_nats.FILE), *places, *store), env=env)

    def figures(self, path: str) -> Any:
        with urllib.request.urlopen(f"http://{HOST}:{self.monitor}/{path}") as answer:
            return json.load(answer)

    def violations(self) -> list[str]:
        """What the server's log says of clients that tried what they may not."""
        return [line for line in self.log.read_text().splitlines() if " Violation - " in line]


class User:
    """A connection as one of the users."""

    def __init__(self, client: Client, refusals: list[str]) -> None:
        self.client = client
        self.refusals = refusals

    async def may_publish(self, subject: str) -> bool:
        return await self._allowed(self.client.publish(subject, b"{}"))

    async def may_hear(self, subject: str, queue: str = "") -> bool:
        return await self._allowed(self.client.subscribe(subject, queue=queue))

    async def _allowed(self, action: Awaitable[object]) -> bool:
        """The server's refusal comes before its answer to the second flush; the first may overtake the action."""
        self.refusals.clear()
        await action
        await self.client.flush()
        await self.client.flush()
        return not self.refusals


@asynccontextmanager
async def connected(server: Nats, name: str) -> AsyncIterator[User]:
    refusals: list[str] = []

    async def note(error: Exception) -> None:
        assert VIOLATION in str(error).lower(), error
        refusals.append(str(error))

    url = server.url_of(name)
    client = await nats.connect(url, error_cb=note, inbox_prefix=inbox(name), allow_reconnect=False)
    try:
        yield User(client, refusals)
    finally:
        await client.close()

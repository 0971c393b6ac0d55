"""How the system's processes are started, and how one knows that they work."""

from __future__ import annotations

import sys

import httpx2

from vision3.keeper import Job
from vision3.servers import Program, Server


def server_job(server: Server) -> Job:
    """A server as a job."""

    async def ready() -> bool:
        return server.ready()

    return Job(server.name, server.log, server.program, ready, server.prepare)


def python(module: str, *arguments: str, env: dict[str, str] | None = None) -> Program:
    """A module of ours. -P: whatever lies in the working folder is not imported."""
    return Program((sys.executable, "-P", "-m", module, *arguments), env=env or {})


async def answers(client: httpx2.AsyncClient, url: str) -> bool:
    """Whether a GET succeeds."""
    try:
        return (await client.get(url)).is_success
    except httpx2.HTTPError:
        return False


async def has_all_dependencies(client: httpx2.AsyncClient, url: str) -> bool:
    """Whether a service is ready and sees everything that it depends on (the gateway is ready without)."""
    try:
        response = await client.get(url)
    except httpx2.HTTPError:
        return False
    return response.is_success and all(response.json()["dependencies"].values())

"""NATS: JetStream, and whether its streams and consumers are those of this version."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress

import nats
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.errors import APIError, NotFoundError

from common import streams
from vision3.doctor.findings import Finding, ok, warning, wrong
from vision3.doctor.subject import Subject


async def check(subject: Subject) -> AsyncIterator[Finding]:
    if subject.nats_url is None:
        yield wrong("NATS", "nobody says where it is: set VISION3_NATS_URL")
        return
    client = await _connected(subject.nats_url)
    if client is None:
        yield wrong("NATS", "it does not answer, or refuses this user: see VISION3_NATS_URL")
        return
    try:
        yield ok("NATS", f"nats-server {_version(client)}")
        async for finding in _streams(client):
            yield finding
    finally:
        await client.close()


async def _connected(url: str) -> Client | None:
    async def quiet(_error: Exception) -> None:
        """What is wrong is said once, by us."""

    with suppress(OSError, NatsError, TimeoutError):
        return await nats.connect(url, connect_timeout=3, max_reconnect_attempts=1, error_cb=quiet)
    return None


async def _streams(client: Client) -> AsyncIterator[Finding]:
    js = client.jetstream(timeout=3)
    for wanted in streams.STREAMS:
        name = f"stream {wanted.name}"
        try:
            drift = streams.stream_drift(wanted, (await js.stream_info(str(wanted.name))).config)
        except NotFoundError:
            yield warning(name, "is not there yet: the first service that starts makes it")
        except (APIError, NatsError, TimeoutError) as error:
            yield wrong(name, f"can't be looked at ({type(error).__name__}): JetStream, or this user's rights")
        else:
            yield _drifted(name, drift) if drift else ok(name, "is as this version declares it")


def _drifted(name: str, drift: list[str]) -> Finding:
    return wrong(name, f"differs in {', '.join(drift)}: the next service of this version that starts mends it")


def _version(client: Client) -> str:
    version = client.connected_server_version
    return f"{version.major}.{version.minor}.{version.patch}"

"""The real services, each as its own user, on a server with the deployed configuration: enough is granted."""

from __future__ import annotations

import ast
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from prometheus_client import REGISTRY

import billing.app
import billing.settings
import gateway.app
import gateway.settings
import imager.app
import imager.settings
import orchestrator.app
import orchestrator.settings
import retention.app
import retention.settings
from common import permissions
from common.events import ConceptProposed, CreditsChanged, GenerationRequested, UserDeleted
from common.ids import uuid7
from common.requests import EDIT, EditReply, EditRequest
from common.service import Service
from common.streams import DEAD, STREAMS, WORK
from tests.deploy.matrix import CONSUMERS, SERVICES
from tests.deploy.nats_support import DeployedNats, connected
from tests.support.builders import new_user, request_generation
from tests.support.processes import running_service, until
from tests.support.servers import TestDatabase
from vision3.data_dir import CHECKOUT

BUILD: dict[str, tuple[Callable[[Any], Service], Callable[..., Any]]] = {
    "gateway": (gateway.app.build, gateway.settings.Settings),
    "orchestrator": (orchestrator.app.build, orchestrator.settings.Settings),
    "imager": (imager.app.build, imager.settings.Settings),
    "billing": (billing.app.build, billing.settings.Settings),
    "retention": (retention.app.build, retention.settings.Settings),
}
GATEWAYS = {"public_url": "http://localhost", "clerk_issuer": "https://clerk.example", "media_secret": "x" * 32}

Builder = Callable[[str], Service]


@pytest.fixture
def built(database: TestDatabase, deployed_nats: DeployedNats, tmp_path: Path) -> Builder:
    def build(name: str) -> Service:
        make, settings = BUILD[name]
        own = GATEWAYS if name == "gateway" else {}
        store = {"store_url": f"file://{tmp_path}/objects"} if name in {"gateway", "imager", "retention"} else {}
        urls = {"database_url": database.url(name), "nats_url": deployed_nats.url_of(name)}
        return make(settings(**urls, **store, **own, http_port=0, log_level="ERROR"))

    return build


@pytest.fixture
async def system(built: Builder) -> AsyncIterator[dict[str, Service]]:
    """All five, the gateway first: whoever comes first makes the streams."""
    async with AsyncExitStack() as stack:
        yield {name: await stack.enter_async_context(running_service(built(name))) for name in SERVICES}


async def test_a_generation_and_an_edit_need_no_more_than_is_granted(
    system: dict[str, Service], deployed_nats: DeployedNats, owner: asyncpg.Connection
):
    front = system["gateway"]
    generation = await request_generation(front.db, front.outbox, await new_user(front.db))

    async def settled() -> bool:
        return await owner.fetchval("select status from generations where id = $1", generation) == "COMPLETED"

    await until(settled, "the generation to be settled", seconds=30)
    picture = await owner.fetchval("select id from artifacts where type = 'IMAGE' limit 1")
    request = EditRequest(artifact_id=picture, action="REPLACE_TEXT", new_text="Another Text")
    edited = EditReply.model_validate(await front.bus.request(EDIT, request, timeout_s=10))
    assert edited.artifact_id != picture
    await _nothing_unsent(system, owner)
    assert deployed_nats.violations() == []
    imagers = {"consumer": "imager-concept-proposed-v1"}
    assert REGISTRY.get_sample_value("vision3_slots", imagers) == 4
    assert REGISTRY.get_sample_value("vision3_slots_in_use", imagers) == 0


async def test_whatever_else_a_service_publishes_goes_out(
    system: dict[str, Service], deployed_nats: DeployedNats, owner: asyncpg.Connection
):
    for name, part in permissions.PARTS.items():
        service = system[name]
        async with service.db.tx() as tx:
            if CreditsChanged in part.publishes:
                await service.outbox.add(tx, CreditsChanged(user_id=uuid7()))
    await _nothing_unsent(system, owner)
    assert deployed_nats.violations() == []


async def test_what_nobody_can_handle_becomes_a_dead_letter(system: dict[str, Service], deployed_nats: DeployedNats):
    async with connected(deployed_nats, "operator") as operator:
        js = operator.client.jetstream()
        for event in (GenerationRequested, ConceptProposed):
            await js.publish(event.TYPE, b"no envelope", stream=WORK, timeout=3)

        async def buried() -> bool:
            return (await js.stream_info(DEAD)).state.messages == 2

        await until(buried, "two dead letters")
        await until(_two_are_shown, "the gauge to show them")
        assert {consumer.name for consumer in await js.consumers_info(WORK)} >= _consumed()
    assert deployed_nats.violations() == []


async def test_streams_that_were_lost_are_made_again(system: dict[str, Service], deployed_nats: DeployedNats):
    async with connected(deployed_nats, "operator") as operator:
        js = operator.client.jetstream()
        for stream in STREAMS:
            await js.delete_stream(str(stream.name))

        async def back() -> bool:
            found = await js.streams_info()
            return len(found) == 3 and {c.name for c in await js.consumers_info(WORK)} >= _consumed()

        await until(back, "streams and consumers to be back")
    assert deployed_nats.violations() == []


async def test_streams_of_an_older_version_wait_for_the_orchestrator(built: Builder, deployed_nats: DeployedNats):
    async with connected(deployed_nats, "operator") as operator:
        js = operator.client.jetstream()
        for stream in STREAMS:
            await js.add_stream(stream.evolve(max_bytes=1024 * 1024))
        front, owner_of_work = built("gateway"), built("orchestrator")
        async with front.http.router.lifespan_context(front.http):
            await until(lambda: _refused(deployed_nats), "the gateway's update to be refused")
            assert not front.bus.connected
            async with running_service(owner_of_work):
                await until(lambda: _connected(front), "the gateway to go on")
        assert (await js.stream_info(WORK)).config.max_bytes == STREAMS[0].max_bytes


async def _two_are_shown() -> bool:
    return REGISTRY.get_sample_value("vision3_dead_letters") == 2


async def _refused(server: DeployedNats) -> bool:
    return any("STREAM.UPDATE" in violation for violation in server.violations())


async def _connected(service: Service) -> bool:
    return service.bus.connected


async def _nothing_unsent(system: dict[str, Service], owner: asyncpg.Connection) -> None:
    async def sent() -> bool:
        return not await owner.fetchval("select count(*) from outbox")

    await until(sent, "every outbox to be empty")


def _consumed() -> set[str]:
    """Nobody takes user.deleted.v1 yet."""
    return {name for name in CONSUMERS if UserDeleted.TYPE.replace(".", "-") not in name}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_publishes_exactly_the_events_that_it_makes(service: str):
    """An event that a service begins to make needs its permission, and one that it no longer makes loses it."""
    granted = {event.__name__ for event in permissions.PARTS[service].publishes}
    assert granted == {name for name in _calls(CHECKOUT / "services" / service) if name in _event_names()}


def _calls(folder: Path) -> set[str]:
    trees = (ast.parse(file.read_text()) for file in folder.rglob("*.py"))
    calls = (node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call))
    return {call.func.id for call in calls if isinstance(call.func, ast.Name)}


def _event_names() -> set[str]:
    from common.events import EVENTS

    return {event.__name__ for event in EVENTS.values()}

"""No event and no log line holds a word of a creator: ids and codes only, also when something goes wrong."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import pytest
from nats.aio.msg import Msg

from common.errors import Problem, Refused
from common.events import EVENTS
from gateway.editor import Editor
from gateway.schemas import Edit
from tests.flows.conftest import System
from tests.support.providers import Scripted, picture
from tests.support.writers import ScriptedWriter

CODE = re.compile(r"[a-z][a-z_]{0,39}")
CAN_NOT_BE_SET = "\ufdfd"  # too intricate for FreeType, whatever fonts there are


def is_id_or_code(value: object) -> bool:
    try:
        return bool(CODE.fullmatch(str(value))) or UUID(str(value)).version == 7
    except ValueError:
        return False


async def edit(system: System, text: str) -> None:
    artifact = await system.owner.fetchval("select id from artifacts where type = 'IMAGE' limit 1")
    await Editor(system.gateway.bus).edit(artifact, Edit(action="REPLACE_TEXT", new_text=text))


async def test_events_say_ids_and_codes_only(system: System):
    said: list[Msg] = []

    async def hear(message: Msg) -> None:
        said.append(message)

    for subject in EVENTS:
        await system.gateway.bus.client.subscribe(subject, cb=hear)
    refused = Refused("refused_by_safety", "Words about a prompt.")
    await system.start_orchestrator(ScriptedWriter([refused]))
    await system.start_imager(Scripted([refused, refused, picture()]))
    user = await system.new_user()
    for kind in ("TITLE", "THUMBNAIL"):  # the writer refuses the first, the vendor two pictures of the other
        await system.request(user, kind=kind, count=3)
        await system.drain()
    await edit(system, "Grandma's secret")
    await system.drain()

    assert {message.subject for message in said} == EVENTS.keys() - {"user.deleted.v1"}
    values = [value for message in said for value in json.loads(message.data)["data"].values()]
    assert [value for value in values if not is_id_or_code(value)] == []


@asynccontextmanager
async def process(module: str, environment: dict[str, str], log: Path) -> AsyncIterator[Process]:
    with log.open("ab") as output:
        running = await asyncio.create_subprocess_exec(
            sys.executable, "-m", module, env=environment, stdout=output, stderr=output
        )
    try:
        yield running
    finally:
        running.terminate()
        await running.wait()


async def test_logs_say_ids_and_codes_only(system: System, tmp_path: Path):
    log = tmp_path / "log"
    orchestrator = system.environment("orchestrator", log_level="DEBUG")
    imager = system.environment("imager", log_level="DEBUG", store_url=system.objects.as_uri())
    async with process("orchestrator.app", orchestrator, log), process("imager.app", imager, log):
        await system.request(await system.new_user("user_grandma"), prompt="Zanzibar Zanzibar", count=3)
        await system.drain()
        await edit(system, "Timbuktu")
        with pytest.raises(Problem, match="invalid_request"):
            await edit(system, CAN_NOT_BE_SET)
    lines = log.read_text()
    assert "service.started" in lines
    for word in ("Zanzibar", "Timbuktu", "grandma", CAN_NOT_BE_SET[0]):
        assert word.lower() not in lines.lower()

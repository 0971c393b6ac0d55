"""Edits over request/reply, from the gateway's editor to whichever imager answers."""

from __future__ import annotations

import asyncio
import json
from uuid import UUID

import pytest

from common.errors import Problem
from common.events import ArtifactEdited
from common.ids import uuid7
from common.streams import FACTS
from gateway.editor import Editor
from gateway.schemas import Edit
from tests.flows.conftest import System
from tests.support.providers import Scripted, picture
from tests.support.writers import ScriptedWriter


@pytest.fixture
def provider() -> Scripted:
    return Scripted([picture()])


@pytest.fixture
async def original(system: System, provider: Scripted) -> UUID:
    """A finished picture; two imagers wait for edits."""
    await system.start_orchestrator(ScriptedWriter())
    for _ in range(2):
        await system.start_imager(provider)
    await system.request(await system.new_user(), count=3)
    await system.drain()
    return await system.owner.fetchval("select id from artifacts where type = 'IMAGE' limit 1")


async def edit(system: System, artifact_id: UUID, text: str) -> UUID:
    return await Editor(system.gateway.bus).edit(artifact_id, Edit(action="REPLACE_TEXT", new_text=text))


async def test_equal_edits_are_one_artifact_and_others_are_their_own(
    system: System, original: UUID, provider: Scripted
):
    texts = ["Day 30"] * 6 + ["Day 31", "Day 32"]
    edited = await asyncio.gather(*(edit(system, original, text) for text in texts))
    await system.drain()
    assert (len(set(edited[:6])), len(set(edited))) == (1, 3)
    parents = await system.owner.fetch("select parent_id from artifacts where id = any($1)", edited)
    assert [row["parent_id"] for row in parents] == [original] * 3
    assert len(provider.calls) == 3, "an edit calls no vendor"
    assert await system.owner.fetchval("select credits_remaining from users") == 17


async def test_an_edit_is_told_to_everybody_without_its_words(system: System, original: UUID):
    edited = await edit(system, original, "Grandma's secret")
    await system.drain()
    fact = await system.js.get_last_msg(FACTS, ArtifactEdited.TYPE)
    assert json.loads(fact.data or b"")["data"]["artifact_id"] == str(edited)
    assert b"secret" not in (fact.data or b"")


async def test_what_can_not_be_edited_is_said_by_the_imager(system: System, original: UUID):
    with pytest.raises(Problem) as problem:
        await edit(system, uuid7(), "Day 30")
    assert (problem.value.status, problem.value.code) == (409, "not_editable")

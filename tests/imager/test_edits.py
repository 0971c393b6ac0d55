"""Edits: another text on the same background, and nothing else."""

from __future__ import annotations

import asyncio
import json

import pytest

from common.db import Database
from common.errors import Problem
from common.ids import derived, uuid7
from common.keys import picture_key
from common.requests import EditRequest
from imager.studio import Studio
from tests.imager.conftest import Imager
from tests.support.providers import picture
from tests.support.servers import TestDatabase
from tests.support.transactions import one_transaction_wrote


async def edit(imager: Imager, artifact_id, text: str = "Day 30"):
    request = EditRequest(artifact_id=artifact_id, action="REPLACE_TEXT", new_text=text)
    return (await imager.handlers(AssertionError("an edit calls no model")).edit(request)).artifact_id


@pytest.fixture
async def original(imager: Imager):
    await imager.render(picture())
    return (await imager.artifacts())[0]["id"]


async def test_an_edit_is_a_new_artifact_beside_its_parent(imager: Imager, original):
    edited = await edit(imager, original)
    rows = {row["id"]: row for row in await imager.artifacts()}
    assert set(rows) == {original, edited}
    assert rows[edited]["parent_id"] == original
    metadata = json.loads(rows[edited]["metadata"])
    assert metadata["text_layer"]["text"] == "Day 30"
    assert metadata["cost_microcents"] == 0
    before, after = [await imager.store.get(rows[i]["content"]) for i in (original, edited)]
    assert before != after
    assert await imager.events() == ["concept.rendered.v1", "artifact.edited.v1"]


async def test_no_vendor_is_called(imager: Imager, original):
    await edit(imager, original)
    assert imager.provider.calls == []


async def test_the_same_text_is_the_same_artifact_also_when_asked_for_at_once(imager: Imager, original):
    answers = await asyncio.gather(*(edit(imager, original) for _ in range(5)))
    assert len(set(answers)) == 1
    assert len(await imager.artifacts()) == 2
    assert (await imager.events()).count("artifact.edited.v1") == 1


async def test_an_edit_that_is_there_is_answered_without_being_made_again(imager: Imager, original, monkeypatch):
    first = await edit(imager, original)
    monkeypatch.setattr(Studio, "compose", None)
    assert await edit(imager, original) == first


async def test_an_edit_can_be_edited(imager: Imager, original):
    first = await edit(imager, original, "Day 1")
    second = await edit(imager, first, "Day 2")
    rows = {row["id"]: row for row in await imager.artifacts()}
    assert rows[second]["parent_id"] == first


async def test_an_anonymized_generation_is_not_edited(imager: Imager, original):
    await imager.owner.execute("update generations set anonymized_at = now()")
    with pytest.raises(Problem) as problem:
        await edit(imager, original)
    assert (problem.value.status, problem.value.code) == (409, "not_editable")


async def test_an_edit_that_loses_to_the_anonymization_leaves_no_picture(imager: Imager, original, monkeypatch):
    compose = Studio.compose

    async def slow_compose(self, *args, **options):
        composed = await compose(self, *args, **options)
        await imager.owner.execute("update generations set anonymized_at = now()")
        return composed

    monkeypatch.setattr(Studio, "compose", slow_compose)
    with pytest.raises(Problem):
        await edit(imager, original)
    key = picture_key(imager.generation, derived(original, "Day 30"))
    assert await imager.store.get(key) is None


async def test_no_connection_is_held_while_an_edit_is_composed(
    imager: Imager, original, database: TestDatabase, monkeypatch
):
    imager.db = Database(database.url("imager"), size=1)
    await imager.db.open()
    compose = Studio.compose

    async def compose_beside_another(self, *args, **options):
        async with imager.db.tx(budget_s=1.0) as tx:
            await tx.fetchval("select true")
        return await compose(self, *args, **options)

    monkeypatch.setattr(Studio, "compose", compose_beside_another)
    await edit(imager, original)
    assert len(await imager.artifacts()) == 2
    await imager.db.close()


async def test_the_new_version_and_its_event_are_one_transaction(imager: Imager, original):
    await edit(imager, original)
    event = "outbox where type = 'artifact.edited.v1'"
    assert await one_transaction_wrote(imager.owner, "artifacts where parent_id is not null", event)


async def test_an_artifact_nobody_knows_is_not_edited(imager: Imager):
    with pytest.raises(Problem) as problem:
        await edit(imager, uuid7())
    assert problem.value.status == 409


async def test_a_background_that_is_gone_says_so(imager: Imager, original):
    rows = await imager.artifacts()
    await imager.store.delete(json.loads(rows[0]["metadata"])["background_key"])
    with pytest.raises(Problem) as problem:
        await edit(imager, original)
    assert problem.value.code == "not_editable"


@pytest.mark.usefixtures("only_packaged_fonts")
async def test_letters_that_no_font_has_are_a_clear_error(imager: Imager, original):
    with pytest.raises(Problem) as problem:
        await edit(imager, original, "\U00012000\U00012001")
    assert (problem.value.status, problem.value.code) == (422, "invalid_request")

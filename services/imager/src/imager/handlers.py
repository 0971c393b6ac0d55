"""What the imager does with an event or a request: open a transaction, call a use case, commit."""

from __future__ import annotations

from dataclasses import dataclass

from common import work
from common.db import Database
from common.errors import Permanent, Problem, WorkError
from common.events import ConceptProposed
from common.keys import picture_key
from common.outbox import Outbox
from common.requests import EditReply, EditRequest
from imager import queries, use_cases
from imager.kept import unpacked
from imager.queries import ConceptTask, Original
from imager.studio import Studio


@dataclass(frozen=True, slots=True)
class Handlers:
    db: Database
    outbox: Outbox
    studio: Studio

    async def concept_proposed(self, event: ConceptProposed) -> None:
        async with self.db.tx() as tx:
            task = await use_cases.take(tx, event.concept_id)
        if task is not None:
            await self._render(task)

    async def _render(self, task: ConceptTask) -> None:
        async def give_up(error: WorkError) -> None:
            async with self.db.tx() as tx:
                await use_cases.give_up(tx, self.outbox, task, error)

        async def release(*, untried: bool = False) -> None:
            async with self.db.tx() as tx:
                await queries.release_concept(tx, task.id, task.token, untried=untried)

        async with work.attempt(self.db, "concepts", task, give_up=give_up, release=release):
            background, about = await self.studio.background(task)
            composed = await self.studio.compose(
                background,
                task.headline,
                layout=task.layout,
                palette=task.palette,
                key=picture_key(task.generation_id, use_cases.original_id(task)),
            )
            async with self.db.tx() as tx:
                await use_cases.finish(tx, self.outbox, task, composed, about)

    async def edit(self, request: EditRequest) -> EditReply:
        """Another text on a picture, from its stored background. Raises Problem when that can't be."""
        async with self.db.tx() as tx:
            original = await use_cases.find_original(tx, request.artifact_id)
            artifact_id = use_cases.edit_id(original, request.new_text)
            if await queries.artifact_exists(tx, artifact_id):
                return EditReply(artifact_id=artifact_id)
        await self._compose_edit(original, request.new_text)
        return EditReply(artifact_id=artifact_id)

    async def _compose_edit(self, original: Original, new_text: str) -> None:
        stored = await self.studio.store.get(str(original.metadata["background_key"]))
        if stored is None:
            raise Problem(409, "not_editable", "the picture without its text is gone")
        key = picture_key(original.generation_id, use_cases.edit_id(original, new_text))
        try:
            composed = await self.studio.compose(
                await self.studio.decoder.open(unpacked(stored)[0]),
                new_text,
                layout=original.layout,
                palette=original.palette,
                key=key,
            )
            async with self.db.tx() as tx:
                await use_cases.finish_edit(tx, self.outbox, original, new_text, composed)
        except Permanent as error:
            raise Problem(422, "invalid_request", error.detail) from error
        except Problem:
            await self.studio.store.delete(key)  # anonymized meanwhile: nothing of it may stay
            raise

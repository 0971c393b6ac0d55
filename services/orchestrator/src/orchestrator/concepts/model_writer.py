"""A writer that asks a text model, holds the answer to every rule, and asks again when it breaks one."""

from __future__ import annotations

import json
import time
from functools import cache
from importlib.resources import files
from string import Template

import structlog

from common.db import Database
from common.errors import NotTried, Permanent, Transient
from common.settings import load
from orchestrator.concepts.answer import Answer, Unreadable, read
from orchestrator.concepts.base import TITLES, Draft
from orchestrator.concepts.criteria import Complaint, complaints
from orchestrator.concepts.text_model import TextModel, Turn
from vendors.errors import Paused
from vendors.settings import VendorSettings
from vendors.vendor import Vendor, as_it_is

log = structlog.get_logger()

RULES = "concepts.v1"
CORRECTION = "correction.v1"
CORRECTIONS = 2
QUOTED = 8_000
"""So much of an answer is shown to the model again."""


class ModelWriter:
    """The creator's text is data in a turn of its own; the rules come from our files, and from nowhere else."""

    def __init__(self, model: TextModel, vendor: Vendor) -> None:
        self._model = model
        self._vendor = vendor

    @classmethod
    def of(cls, model: type[TextModel], db: Database) -> ModelWriter:
        """With its settings from the environment. Raises SettingsError."""
        settings = load(model.SETTINGS)
        return cls(model(settings), Vendor.of(f"text {model.NAME}", settings, db))

    async def write(self, prompt: str, count: int, *, timeout_s: float) -> Draft:
        """Raises Permanent when the last of two corrections does not help either."""
        started = time.monotonic()
        ends = started + timeout_s
        turns = [Turn("user", json.dumps({"topic": prompt, "concepts": count}, ensure_ascii=False))]
        for calls in range(1, CORRECTIONS + 2):
            text = await self._asked(turns, ends)
            answer, found = _judged(text, prompt, count)
            last = calls > CORRECTIONS
            if answer is not None and (not found or (last and not any(c.grave for c in found))):
                return self._draft(answer, count, calls, time.monotonic() - started)
            log.warning("concepts.not_usable", calls=calls, complaints=len(found))
            turns += [Turn("model", _sendable(text[:QUOTED])), Turn("user", _correction(found))]
        raise Permanent("concepts_unusable", "No usable concepts came of this prompt: try another wording.")

    @property
    def settings(self) -> VendorSettings:
        return self._model.settings

    async def check(self) -> None:
        await self._model.check()

    async def aclose(self) -> None:
        await self._model.aclose()

    async def _asked(self, turns: list[Turn], ends: float) -> str:
        try:
            return await self._vendor.call(
                lambda: self._model.answer(prompt_file(RULES), turns, Answer),
                as_it_is,
                timeout_s=ends - time.monotonic(),
            )
        except (NotTried, Paused) as wait:
            # Before the first answer that costs no attempt. After it, it does: each attempt pays for its answers anew.
            kind = NotTried if len(turns) == 1 else Transient
            raise kind(wait.code, wait.detail, retry_after_s=wait.retry_after_s) from wait

    def _draft(self, answer: Answer, count: int, calls: int, seconds: float) -> Draft:
        return Draft(
            concepts=tuple(concept.draft() for concept in answer.concepts[:count]),
            titles=tuple(answer.titles[:TITLES]),
            writer=self._model.NAME,
            model=self.settings.model,
            calls=calls,
            cost_microcents=calls * self.settings.price_microcents,
            ms=round(seconds * 1000),
        )


@cache
def prompt_file(name: str) -> str:
    return (files("orchestrator.concepts") / "prompts" / f"{name}.md").read_text(encoding="utf-8")


def _judged(text: str, prompt: str, count: int) -> tuple[Answer | None, list[Complaint]]:
    try:
        answer = read(text)
    except Unreadable as error:
        return None, [Complaint(line) for line in error.complaints]
    return answer, complaints(answer, prompt, count, prompt_file(RULES))


def _sendable(text: str) -> str:
    """Halves of letters can be read from JSON, and not be sent again."""
    return text.encode(errors="replace").decode()


def _correction(found: list[Complaint]) -> str:
    lines = "\n".join(f"- {complaint.text}" for complaint in found)
    return Template(prompt_file(CORRECTION)).substitute(complaints=lines)

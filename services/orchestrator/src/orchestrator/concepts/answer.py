"""What a model's answer has to be in form: bounded in every direction before anything looks at it."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from orchestrator.concepts.base import TITLES, ConceptDraft, Layout, Mood
from orchestrator.concepts.local_writer.detect import is_right_to_left
from vendors import answers

LONGEST_TITLE = 100
FENCE = "```"
MOST = 10
"""Concepts, or titles: more than twice what is asked for is no answer."""

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]


class ConceptAnswer(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    headline: Annotated[Line, Field(max_length=60)]
    description: Annotated[Line, Field(max_length=1_000)]
    mood: Mood
    palette: Annotated[list[Colour], Field(min_length=3, max_length=3)]
    layout: Layout

    def draft(self) -> ConceptDraft:
        palette = tuple(colour.lower() for colour in self.palette)
        # Text that runs from right to left stands on the right, whatever the model thinks.
        layout: Layout = "right" if is_right_to_left(self.headline) else self.layout
        return ConceptDraft(self.headline, self.description, self.mood, palette, layout)


class Answer(BaseModel):
    """As the model is told to write it; the descriptions of the fields are in the prompt."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    concepts: Annotated[list[ConceptAnswer], Field(max_length=MOST)]
    titles: Annotated[list[Annotated[Line, Field(max_length=LONGEST_TITLE)]], Field(min_length=TITLES, max_length=MOST)]


class Unreadable(ValueError):
    """One line for the model on each thing that is wrong with the form; nothing of the answer is quoted."""

    def __init__(self, complaints: list[str]) -> None:
        super().__init__("; ".join(complaints))
        self.complaints = complaints


def read(text: str) -> Answer:
    """Raises Unreadable."""
    try:
        return Answer.model_validate(answers.parsed(_without_fences(text)))
    except ValidationError as error:
        raise Unreadable([f"{_place(e['loc'])}: {e['msg']}" for e in error.errors(include_input=False)[:8]]) from None
    except ValueError:
        raise Unreadable(["It is not one whole JSON document."]) from None


def _without_fences(text: str) -> str:
    text = text.strip()
    if text.startswith(FENCE) and text.endswith(FENCE):
        return text.removeprefix(FENCE).removeprefix("json").removesuffix(FENCE)
    return text


def _place(loc: tuple[int | str, ...]) -> str:
    return ".".join(map(str, loc)) or "the document"

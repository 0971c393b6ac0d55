"""A brief in words, for image models."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from string import Template

from imager.providers.base import Brief

VERSION = "background.v1"
UNWANTED = "text, letters, words, numbers, captions, watermark, logo, signature, frame, collage, blurry, deformed"
"""For models that take a negative prompt."""

OTHER_SIDE = {"left": "right", "right": "left"}
LONGEST_DESCRIPTION = 1_000


def prompt_of(brief: Brief) -> str:
    """The description is somebody's words: it stands in the prompt as what is to be seen, on one line, between the only
    quotation marks."""
    return _template().substitute(
        description=" ".join(brief.description.replace('"', "'").split())[:LONGEST_DESCRIPTION],
        mood=brief.mood,
        calm=brief.layout,
        focus=OTHER_SIDE[brief.layout],
        palette=", ".join(brief.palette),
    )


@cache
def _template() -> Template:
    return Template((files("imager.providers") / "prompts" / f"{VERSION}.txt").read_text(encoding="utf-8").strip())

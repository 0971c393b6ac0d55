"""A language as data: how its prompts are worded, and the phrases to answer with. One file per language."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Literal, get_args

Kind = Literal[
    "wordless",
    "versus",
    "points",
    "list",
    "howto",
    "question",
    "confession",
    "method",
    "why",
    "story",
    "review",
    "recipe",
    "best",
    "experience",
    "diary",
    "statement",
    "personal",
    "topic",
]
"""What a video is about to be, in the order in which the patterns are tried. `points`: "5 mistakes …", which
nobody would rank, `confession`: "why I …", `method`: "how I …", `diary`: "I …" in the present, `personal`: "my …",
`wordless`: the prompt holds no phrase that could stand in a title."""

Idea = Literal["result", "mistake", "number", "question", "contrast", "secret", "speed", "story"]
"""What a headline or a title promises."""

KINDS: tuple[Kind, ...] = get_args(Kind)
IDEAS: tuple[Idea, ...] = get_args(Idea)

KIN: Mapping[Kind, Kind] = {
    "best": "list",
    "personal": "story",
    "statement": "story",
    "diary": "story",
    "confession": "story",
}
"""Whose phrases serve a kind for which a language has none of its own."""

Phrases = Mapping[Kind, Mapping[Idea, tuple[str, ...]]]

WORD_END = r"(?![^\W\d_])"
NEUTRAL = "und"
"""The language of last resort (the code of ISO 639 for "undetermined"): numbers and signs only."""


@dataclass(frozen=True, slots=True)
class Language:
    """
    spaced: words stand apart. verb_last: a sentence cut short loses its verb. letters: non-ASCII letters at home in it.
    hints: words that give it away. joints: words before which a phrase may end. strip: patterns whose group `topic`,
    `other` or `bare` is what a prompt is about (`bare`: it came without a sentence round it); a group `about` keeps the
    words round it that govern its case. nominative: how such a topic becomes one that stands alone. oblique: those that
    still may not. kinds: patterns on the topic.
    about, question: how a topic becomes "about the topic" and a question. how: what makes "how to" of an infinitive.
    units: pattern of time units; days: of those that are days. money: pattern of currencies written
    out; boundary: pattern of where a unit ends, empty where words run on.
    """

    code: str
    rtl: bool
    spaced: bool
    verb_last: bool
    letters: frozenset[str]
    hints: frozenset[str]
    joints: frozenset[str]
    infinitives: frozenset[str]
    strip: tuple[re.Pattern[str], ...]
    articles: re.Pattern[str] | None
    nominative: tuple[tuple[re.Pattern[str], str], ...]
    oblique: re.Pattern[str] | None
    kinds: Mapping[Kind, re.Pattern[str]]
    about: str
    question: str
    how: str
    units: str
    days: str
    money: str
    boundary: str
    capitals: Mapping[str, str]
    names: Mapping[str, str]
    titles: Phrases
    headlines: Phrases


def load(source: Traversable) -> Language:
    """Raises KeyError, TypeError or re.error for a file of another shape."""
    data: dict[str, Any] = tomllib.loads(source.read_text(encoding="utf-8"))
    infinitives = _words(data, "infinitives")
    return Language(
        code=source.name.removesuffix(".toml"),
        rtl=data.pop("rtl", False),
        spaced=data.pop("spaced", True),
        verb_last=data.pop("verb_last", False),
        letters=frozenset(data.pop("letters", "")),
        hints=_words(data, "hints") | infinitives,
        joints=_words(data, "joints"),
        infinitives=infinitives,
        strip=tuple(re.compile(pattern, re.IGNORECASE) for pattern in data.pop("strip", ())),
        articles=_pattern(data.pop("articles", None)),
        nominative=tuple((re.compile(case), form) for case, form in data.pop("nominative", ())),
        oblique=_pattern(data.pop("oblique", None)),
        kinds={kind: re.compile(pattern, re.IGNORECASE) for kind, pattern in data.pop("kinds", {}).items()},
        titles=_phrases(data.pop("titles")),
        headlines=_phrases(data.pop("headlines")),
        **(
            {
                "about": "",
                "how": "",
                "units": "",
                "days": "",
                "money": "",
                "boundary": WORD_END,
                "capitals": {},
                "names": {},
            }
            | data
        ),
    )


def _words(data: dict[str, Any], key: str) -> frozenset[str]:
    return frozenset(str(data.pop(key, "")).split())


def _pattern(source: str | None) -> re.Pattern[str] | None:
    return None if source is None else re.compile(source, re.IGNORECASE)


def _phrases(tables: dict[Kind, dict[Idea, list[str]]]) -> Phrases:
    return {kind: {idea: tuple(phrases) for idea, phrases in table.items()} for kind, table in tables.items()}


LANGUAGES: Mapping[str, Language] = {
    language.code: language for language in map(load, (files(__package__) / "languages").iterdir())
}

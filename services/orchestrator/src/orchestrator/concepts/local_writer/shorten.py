"""Making a phrase short enough without ever cutting a word."""

from __future__ import annotations

import re

from orchestrator.concepts.local_writer.language import Language

TOPIC_CHARS = 55
"""A title's point has to stand within the first 40 to 55 characters."""

_CLAUSE_END = re.compile(r"[,;:–—(\[|、，；：（]|\s-\s|[.!?。！？](?:\s|$)|[。！？]")
_EDGES = " \t,;:.!?-–—_/|&+*=~()[]{}#@、，；：。！？（）।؟،¿¡'’"
_CLOSING = {")": "(", "]": "["}


def trimmed(phrase: str) -> str:
    """`phrase` without the punctuation round it; a closing bracket stays where its opening one does."""
    phrase = phrase.strip()
    core = phrase.strip(_EDGES)
    start = phrase.find(core)
    closing = phrase[start + len(core) : start + len(core) + 1]
    if closing in _CLOSING and core.count(_CLOSING[closing]) > core.count(closing):
        return core + closing
    if phrase[:start].endswith("#") and core[:1].isdigit():
        return "#" + core
    return core + "+" * (closing == "+") if core else ""


def shortened(phrase: str, language: Language, limit: int = TOPIC_CHARS) -> str:
    """The longest natural beginning of `phrase` within `limit`; '' where only a cut word would fit."""
    phrase = trimmed(phrase)
    if len(phrase) <= limit:
        return phrase
    ends = [match.start() for match in _CLAUSE_END.finditer(phrase) if match.start() <= limit]
    by_clause = [trimmed(phrase[:end]) for end in reversed(ends)]
    by_joint = _up_to_joints(phrase, language, limit) if language.spaced else []
    # Two words say what it is about; a single one in front of a comma is "Hello".
    for candidate in (*by_clause, *by_joint):
        if len(candidate.split()) >= 2 or (not language.spaced and len(candidate) >= 4):
            return candidate
    return trimmed(_whole_words(phrase, limit)) if language.spaced else ""


def _up_to_joints(phrase: str, language: Language, limit: int) -> list[str]:
    """The beginnings that end in front of a preposition or conjunction, longest first."""
    words = phrase.split()
    beginnings = [
        words[:index]
        for index in range(len(words) - 1, 1, -1)
        if words[index].lower() in language.joints and words[index - 1].lower() not in language.joints
    ]
    return [trimmed(text) for beginning in beginnings if len(text := " ".join(beginning)) <= limit]


def _whole_words(phrase: str, limit: int) -> str:
    kept = ""
    for word in phrase.split():
        if len(kept) + 1 + len(word) > limit:
            break
        kept = f"{kept} {word}".strip()
    return kept

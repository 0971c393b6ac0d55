"""English verbs between "making" and "make"."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files

WORDS = tomllib.loads((files(__package__) / "english.toml").read_text(encoding="utf-8"))

_BASES: dict[str, str] = WORDS["bases"]
_GERUNDS = {base: gerund for gerund, base in _BASES.items()}
_NOT_GERUNDS, _COMPOUND_HEADS, _DOUBLING = (
    frozenset(WORDS[name].split()) for name in ("not_gerunds", "compound_heads", "doubling")
)

_DOUBLED = re.compile(r"([bdgklmnprt])\1$")
_ADDS_E = re.compile(
    r"""(?: [uvc] | [^aeioul]l | [aeiou][zs] | [rn]s      # argue, drive, dance, handle, use, nurse
          | [^aeou]at | or | [^aeo]ar | [^aeo]ir | [^aeo]ur  # decorate, restore, prepare, inspire, measure
          | [^aeo]in | [^ao]id | [aeurd]g )$               # combine, provide, manage
    """,
    re.VERBOSE,
)
_DETERMINED = re.compile(r"(?:my|our|your|his|her|their|the|an?|\d+)\s", re.IGNORECASE)
_ASIDE = re.compile(r"\s(?:for|of|in|on|with|to|at|from|when|that|you|i)\s", re.IGNORECASE)
_SHORT = re.compile(r"^(?:[^aeiou]*qu|[^aeiouy]*)[aeiouy][bcdfgklmnprstvz]$")
"""One syllable, one vowel, one consonant: the consonant doubles in front of -ing, unless an e was dropped."""


def base_of(gerund: str) -> str | None:
    """'running' -> 'run'; None for a word that ends in -ing and is no gerund of a verb one could learn."""
    word = gerund.lower()
    if word in _BASES:
        return _BASES[word]
    if len(word) < 5 or not word.endswith("ing") or not word.isalpha() or word in _NOT_GERUNDS:
        return None
    stem = word[:-3]
    if not re.search(r"[aeiouy]", stem):
        return None
    if _DOUBLED.search(stem) and not stem.endswith(("ll", "dd")):
        return stem[:-1]
    return stem + "e" * bool(_ADDS_E.search(stem) or _SHORT.match(stem))


def gerund_of(base: str) -> str:
    """'run' -> 'running'."""
    word = base.lower()
    if word in _GERUNDS:
        return _GERUNDS[word]
    if word.endswith("ie"):
        return word[:-2] + "ying"
    if word.endswith("e") and not word.endswith(("ee", "oe", "ye")):
        return word[:-1] + "ing"
    doubles = word in _DOUBLING or (_SHORT.match(word) and not word.endswith("c"))
    return word + word[-1] * bool(doubles) + "ing"


def base_phrase(phrase: str) -> str | None:
    """'making sourdough bread' -> 'make sourdough bread'; None where the -ing word makes a noun ("running shoes")."""
    first, _, rest = phrase.partition(" ")
    base = base_of(first)
    head = _ASIDE.split(rest)[0].split()[-1:]
    compound = bool(head) and head[0].lower() in _COMPOUND_HEADS and not _DETERMINED.match(rest)
    if base is None or compound:
        return None
    return f"{base} {rest}".strip()


def gerund_phrase(phrase: str) -> str:
    first, _, rest = phrase.partition(" ")
    return f"{gerund_of(first)} {rest}".strip()

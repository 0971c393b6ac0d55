"""How far two concepts are apart, in any language: by the runs of three letters that they share."""

from __future__ import annotations

import unicodedata

RUN = 3
HEADLINE_SHARE = 0.35
"""Of the distance; the rest is the description's, which says what is to be seen."""


def distance(headline: str, description: str, other_headline: str, other_description: str) -> float:
    """0: the same. 1: nothing in common."""
    return HEADLINE_SHARE * _apart(headline, other_headline) + (1 - HEADLINE_SHARE) * _apart(
        description, other_description
    )


def folded(text: str) -> str:
    """Words alone, without case, accents of compatibility, or signs."""
    text = unicodedata.normalize("NFKC", text).casefold()
    return " ".join("".join(letter if letter.isalnum() else " " for letter in text).split())


def _apart(one: str, other: str) -> float:
    """Jaccard's distance of their runs."""
    runs, others = _runs(one), _runs(other)
    return 1 - len(runs & others) / len(runs | others) if runs | others else 0.0


def _runs(text: str) -> set[str]:
    padded = f" {folded(text)} "
    return {padded[start : start + RUN] for start in range(max(1, len(padded) - RUN + 1))}

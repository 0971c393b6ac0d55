"""Which word of a headline carries the accent colour."""

from __future__ import annotations

from collections.abc import Sequence

from imager.compose.pieces import Set

MAX_WORDS = 8
"""A long sentence with one coloured word looks like a mistake."""


def highlighted_word(items: Sequence[Set]) -> int | None:
    """The index of the word that the eye should land on: a number, else the longest one; None where none stands out."""
    lettered = [index for index, item in enumerate(items) if any(not piece.face.emoji for piece in item.pieces)]
    if not 2 <= len(lettered) <= MAX_WORDS:
        return None
    numbers = [index for index in lettered if any(letter.isdigit() for letter in items[index].atom.text)]
    return numbers[0] if numbers else max(reversed(lettered), key=lambda index: _letters(items[index]))


def _letters(item: Set) -> int:
    return sum(letter.isalpha() for letter in item.atom.text)

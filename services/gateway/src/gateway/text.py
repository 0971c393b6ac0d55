"""What people may write: trimmed, of a bounded length, visible, and storable."""

from __future__ import annotations

import unicodedata

from pydantic import AfterValidator, Field
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

BLANK_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Hangul fillers and the empty braille cell: letters and symbols by category, nothing to the eye."""


def person_text(longest: int) -> AfterValidator:
    """Trims; then 1..`longest` characters, at least one of them visible, no control characters but newline and tab."""

    def check(value: str) -> str:
        text = value.strip()
        if len(text) > longest:
            raise PydanticCustomError("too_long", "Must have at most {longest} characters", {"longest": longest})
        if any(unicodedata.category(c) == "Cc" and c not in "\n\t" for c in text):
            raise PydanticCustomError("control_character", "Must not contain control characters")
        if not any(map(_is_visible, text)):
            raise PydanticCustomError("blank", "Must not be blank")
        return text

    return AfterValidator(check)


def documented_text(longest: int) -> FieldInfo:
    """What a schema can say of such a text."""
    about = f"1 to {longest} characters after trimming, at least one of them visible, no control characters"
    info: FieldInfo = Field(description=about, json_schema_extra={"minLength": 1, "maxLength": longest})
    return info


def _is_visible(character: str) -> bool:
    """Controls, formats (zero-width ones among them), separators and lone combining marks show nothing."""
    return unicodedata.category(character)[0] not in "CZM" and character not in BLANK_LETTERS

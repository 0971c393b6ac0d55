"""Which language a prompt is in: by its script first, then by its small words."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import lru_cache

from orchestrator.concepts.local_writer.language import LANGUAGES, NEUTRAL, Language

SCRIPTS = ("LATIN", "CYRILLIC", "DEVANAGARI", "ARABIC", "HEBREW", "HIRAGANA", "KATAKANA", "HANGUL", "CJK")
LATIN = ("en", "de", "es", "fr", "pt", "it", "nl", "pl", "tr", NEUTRAL)
FOREIGN_TO_ARABIC = frozenset("پچژگکیٹڈےں")
"""Letters of Persian and Urdu."""

READ_WORDS = 100

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")


def detect(text: str) -> Language:
    """The language of `text`; NEUTRAL where its script or its words are not known."""
    scripts = Counter(filter(None, map(_script, text)))
    foreign = {script: count for script, count in scripts.items() if script != "LATIN"}
    words = [word.lower().replace("’", "'") for word in _WORD.findall(text)][:READ_WORDS]
    # Brand names are Latin everywhere: a third of the letters decides.
    if sum(foreign.values()) * 2 >= scripts["LATIN"] and foreign:
        return LANGUAGES[_by_script(foreign, text, words)]
    return LANGUAGES[_best(LATIN, words) or _plain_latin(words)]


def is_right_to_left(text: str) -> bool:
    """Whether the first letter that has a direction runs from right to left."""
    directions = (unicodedata.bidirectional(char) for char in text)
    return next((direction for direction in directions if direction in ("L", "R", "AL")), "L") != "L"


@lru_cache(maxsize=4096)
def _script(char: str) -> str | None:
    if not char.isalpha():
        return None
    name = unicodedata.name(char, "")
    return next((script for script in SCRIPTS if name.startswith(script)), "OTHER")


def _by_script(scripts: dict[str, int], text: str, words: list[str]) -> str:
    if "HIRAGANA" in scripts or "KATAKANA" in scripts:
        return "ja"
    match max(scripts, key=lambda script: scripts[script]):
        case "HANGUL":
            return "ko"
        case "CJK":
            return "zh_hant" if LANGUAGES["zh_hant"].letters & set(text) else "zh"
        case "DEVANAGARI":
            return "hi"
        case "ARABIC":
            return NEUTRAL if FOREIGN_TO_ARABIC & set(text) else "ar"
        case "CYRILLIC":
            return _cyrillic(text.lower(), words)
    return NEUTRAL


def _cyrillic(text: str, words: list[str]) -> str:
    home = LANGUAGES["ru"].letters | LANGUAGES["uk"].letters
    if any(_script(char) == "CYRILLIC" and char not in home for char in text):
        return NEUTRAL
    if LANGUAGES["uk"].letters - LANGUAGES["ru"].letters & set(text):
        return "uk" if not set(text) & (LANGUAGES["ru"].letters - LANGUAGES["uk"].letters) else NEUTRAL
    return _best(("ru", "uk"), words) or "ru"


def _best(codes: tuple[str, ...], words: list[str]) -> str | None:
    """The one with the highest score, if that is above zero; between equals English, if it is one, else none."""
    scores = {code: _score(LANGUAGES[code], words) for code in codes}
    highest = max(scores.values())
    best = [code for code in codes if scores[code] == highest > 0]
    return best[0] if len(best) == 1 or "en" in best else None


def _score(language: Language, words: list[str]) -> int:
    return sum(_weight(language, word) for word in words)


def _weight(language: Language, word: str) -> int:
    # An elided article gives a language away, whatever follows it: "un'auto".
    if word in language.hints or word[: word.find("'") + 1] in language.hints:
        return 2
    marked = {char for char in word if not char.isascii()}
    return 0 if not marked else (1 if marked <= language.letters else -1)


def _plain_latin(words: list[str]) -> str:
    """Titles in English suit a brand, a game or a few ASCII keywords; they don't suit a sentence nobody recognised.
    Signs and emoji belong to every language, and so to English."""
    return "en" if len(words) <= 4 and all(word.isascii() for word in words) else NEUTRAL

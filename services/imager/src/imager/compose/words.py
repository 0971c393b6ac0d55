"""A headline as atoms: the pieces of text between which a line may break."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import budoux

CASED = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "FULLWIDTH")
_UNITS = """
    % ‰ ° °c °f $ € £ ¥ ₹ ₽ ₺ usd eur gbp руб k mio mrd x kg g mg t lb lbs oz l ml km km/h m cm mm mi ft m² км кг
    h hr hrs min mins s sec ms ч мин kb mb gb tb hz mhz ghz fps px w kw kwh v mah kcal cal
"""
UNITS = frozenset(_UNITS.split())
LONGEST_PART = 10
"""In letters of scripts without spaces."""
_NUMBER = re.compile(r"[^\w\s]*\d[\d.,:/x×–-]*[%°+]?", re.IGNORECASE)
_HYPHENATED = re.compile(r"(?<=\w{3}[-–/])(?=\w{3})")
_KEPT_FORMATS = "\u200c\u200d"
_EMOJI_BASE = "\u231a\u231b\u23e9-\u23f3\u25fd\u25fe\u2600-\u27bf\u2b1b\u2b1c\u2b50\u2b55\U0001f000-\U0001faff"
_EMOJI = re.compile(
    "[\U0001f1e6-\U0001f1ff]{2}|[0-9#*]\ufe0f?\u20e3|"
    f"[{_EMOJI_BASE}\u2190-\u21ff\u203c\u2049\u00a9\u00ae][\ufe0f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]*"
    f"(?:\u200d[{_EMOJI_BASE}][\ufe0f\U0001f3fb-\U0001f3ff]*)*"
)


@dataclass(frozen=True, slots=True)
class Atom:
    """text: never broken over lines, may hold spaces. spaced: a space parts it from the atom before on its line."""

    text: str
    spaced: bool


def atoms(headline: str) -> tuple[Atom, ...]:
    """The headline in capitals where its script has them, split wherever a line may break."""
    words = _glued(upper(_clean(headline)).split(" "))
    return tuple(
        Atom(part.replace("\u00a0", " "), spaced=index == 0)
        for word in words
        for index, part in enumerate(_parts(word))
    )


def emoji_split(text: str) -> Iterator[tuple[str, bool]]:
    """The text's emoji clusters and what stands between them, each with whether it is an emoji."""
    end = 0
    for match in _EMOJI.finditer(text):
        if match.start() > end:
            yield text[end : match.start()], False
        yield match.group(), True
        end = match.end()
    if end < len(text):
        yield text[end:], False


def _clean(headline: str) -> str:
    composed = unicodedata.normalize("NFC", headline).replace("\u202f", "\u00a0")
    visible = "".join(filter(_is_text, composed))
    return " ".join(re.split(r"[^\S\u00a0]+", visible.strip()))


def _is_text(letter: str) -> bool:
    """Neither a control nor an invisible format character, joiners and emoji tags excepted."""
    unseen = unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co", "Cn")
    return not unseen or letter.isspace() or letter in _KEPT_FORMATS or 0xE0020 <= ord(letter) <= 0xE007F


def upper(text: str) -> str:
    """Capitals for the scripts that have them: ß becomes ẞ, Greek drops its accents, Turkish i keeps its dot."""
    if re.search("[ğıİ]", text):
        text = text.replace("i", "İ")
    return unicodedata.normalize("NFC", "".join(map(_upper_letter, text)))


@lru_cache(maxsize=4096)
def _upper_letter(letter: str) -> str:
    script = unicodedata.name(letter, "").split(" ")[0]
    if letter == "ß":
        return "ẞ"
    if script not in CASED:
        return letter
    capital = letter.upper()
    return unicodedata.normalize("NFD", capital).replace("\u0301", "") if script == "GREEK" else capital


def _glued(words: list[str]) -> list[str]:
    """Words that a line end must not part, joined by no-break spaces."""
    leading = len(words) > 1 and _is_symbol(words[0]) and not _is_symbol(words[1])
    glued = ["\u00a0".join(words[:2])] if leading else words[:1]
    for word in words[2 if leading else 1 :]:
        if _sticks(glued[-1].rpartition("\u00a0")[2], word):
            glued[-1] += "\u00a0" + word
        else:
            glued.append(word)
    return glued


def _sticks(before: str, word: str) -> bool:
    if _NUMBER.fullmatch(before) and (word.lower() in UNITS or word.rstrip(".,!?").lower() in UNITS):
        return True
    if _NUMBER.fullmatch(word) and before.lower() in UNITS and not before.isalpha():
        return True
    return _is_symbol(word) and not _is_symbol(before)


def _is_symbol(word: str) -> bool:
    return not any(letter.isalnum() for letter in word)


def _parts(word: str) -> list[str]:
    if any("\u0e00" <= letter <= "\u0e7f" for letter in word):
        return _spaced_parts(word, _thai())
    parser = _cjk_parser(word)
    if parser is not None:
        return _spaced_parts(word, parser)
    return _HYPHENATED.split(word) if len(word) >= 10 else [word]


def _spaced_parts(word: str, split: Callable[[str], list[str]]) -> list[str]:
    """Split by dictionary or model; a part without letters stays with its neighbour."""
    parts: list[str] = []
    for part in (short for long in split(word) for short in _shortened(long)):
        if parts and (_is_symbol(part) or _is_symbol(parts[-1]) or "\u00a0" in (part[0], parts[-1][-1])):
            parts[-1] += part
        else:
            parts.append(part)
    return parts


def _shortened(part: str) -> Iterator[str]:
    """What the model leaves in one piece for too long, in even pieces."""
    pieces = -(-len(part) // LONGEST_PART)
    step = -(-len(part) // pieces)
    for start in range(0, len(part), step):
        yield part[start : start + step]


def _cjk_parser(word: str) -> Callable[[str], list[str]] | None:
    if re.search("[\u3040-\u30ff]", word):
        return _japanese().parse
    return _chinese().parse if re.search("[\u3400-\u9fff]", word) else None


@lru_cache(maxsize=1)
def _thai() -> Callable[[str], list[str]]:
    """Imported with the first Thai headline: its dictionary takes 80 MB and more than half a second."""
    from newmm_tokenizer.tokenizer import word_tokenize

    split: Callable[[str], list[str]] = word_tokenize
    return split


@lru_cache(maxsize=1)
def _japanese() -> budoux.Parser:
    return budoux.load_default_japanese_parser()


@lru_cache(maxsize=1)
def _chinese() -> budoux.Parser:
    return budoux.load_default_simplified_chinese_parser()

"""Hygiene: any prompt in, plain lines of visible text out."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import unquote, urlsplit

EMOJI_STYLE = "\N{VARIATION SELECTOR-16}"
BLANK_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4\u17b5")
"""Drawn as nothing, though Unicode does not class them as invisible."""

_URL = re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE)
_TAG = re.compile(r"<(script|style)\b[^<>]*>.{0,2000}?</\1>|</?[A-Za-z!][^<>]{0,200}>", re.IGNORECASE | re.DOTALL)
_MARKUP = re.compile(r"\*\*+|__+|~~+|`+|^[ \t]*(?:#{1,6}|[-*•>])\s+", re.MULTILINE)
_QUOTES = re.compile(r"[\"“”„‟«»「」『』<>]|(?<!\w)['‘’](?=\w)|(?<=\w)['’](?!\w)")


def plain_lines(prompt: str) -> list[str]:
    """The prompt's non-empty lines without markup, quotes, links and anything invisible."""
    text = unicodedata.normalize("NFC", visible(prompt))
    text = _TAG.sub(" ", text)
    without_links = _URL.sub(" ", text)
    text = without_links if has_words(without_links) else _URL.sub(_words_of_link, text)
    text = _QUOTES.sub(" ", _MARKUP.sub(" ", text))
    lines = (re.sub(r"\s+([,.!?:;])", r"\1", " ".join(line.split())) for line in text.splitlines())
    return [line for line in lines if line]


def visible(text: str) -> str:
    """`text` with every kind of white space as a blank or a line break, and without what has no shape."""
    return "".join(_shape(char) for char in text)


def has_words(text: str) -> bool:
    return any(char.isalnum() for char in text)


def without_emoji_round(text: str) -> str:
    """`text` without the signs before its first and after its last word; what belongs to a letter stays."""
    return text.strip("".join(filter(_is_emoji, text)) + " ")


def _is_emoji(char: str) -> bool:
    return char == EMOJI_STYLE or (char > "\N{LEFTWARDS ARROW}" and unicodedata.category(char) in ("So", "Sk", "Me"))


def _shape(char: str) -> str:
    category = unicodedata.category(char)
    if char in "\n\r" or category in ("Zl", "Zp"):
        return "\n"
    if char == EMOJI_STYLE or (category[0] not in "CZ" and not _is_blank(char)):
        return char
    return " " if category in ("Cc", "Zs") else ""


def _is_blank(char: str) -> bool:
    return char in BLANK_LETTERS or "VARIATION SELECTOR" in unicodedata.name(char, "")


def _words_of_link(match: re.Match[str]) -> str:
    """What a link says in words: the last part of its path if that is written in words, else the site's name."""
    try:
        parts = urlsplit(match[0] if "://" in match[0] else f"https://{match[0]}")
        host, path = parts.hostname or "", unquote(parts.path, errors="ignore")
    except ValueError:
        return " "
    slug = re.sub(r"\.\w{1,5}$", "", path.rstrip("/").rpartition("/")[2])
    words = [word for word in re.split(r"[-_+\s]+", slug) if word.isalpha()]
    return visible(" ".join(words) if len(words) > 1 else _site_of(host))


def _site_of(host: str) -> str:
    """'docs.python.org' -> 'python', 'bbc.co.uk' -> 'bbc'."""
    return max(host.removeprefix("www.").split(".")[:-1] or [host], key=len)

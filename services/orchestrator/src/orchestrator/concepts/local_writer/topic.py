"""What a prompt is about: the creator's own phrase, its kind, its numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from orchestrator.concepts.local_writer.activity import howto_phrase
from orchestrator.concepts.local_writer.clean import has_words, plain_lines, without_emoji_round
from orchestrator.concepts.local_writer.detect import detect
from orchestrator.concepts.local_writer.language import KINDS, Kind, Language
from orchestrator.concepts.local_writer.numbers import Numbers, find_numbers
from orchestrator.concepts.local_writer.shorten import TOPIC_CHARS, shortened, trimmed

SENTENCE_CHARS = 72
DESCRIBED_CHARS = 120
SIDE_CHARS = 28
READ_SENTENCES = 8
READ_CHARS = 300
"""Of a sentence: its rest would only cost time."""

_BEGINNING = re.compile(rf".{{1,{READ_CHARS}}}(?=[\s,、，،])")
_SENTENCE = re.compile(r"(?<=[.!?。！？])(?<!\bvs\.)(?<!\bN[ro]\.)(?<!\d\.)\s+|(?<=[。！？])|\s+[-–—|]\s+|\n")


@dataclass(frozen=True, slots=True)
class Topic:
    """
    phrase: the topic as it may stand in a title, '' for the kind `wordless`. full: the same with the article that it
    had. subject: a longer form, for descriptions.
    about: the phrase with the words that govern its case, as the creator wrote them ("о выпечке хлеба"). oblique: the
    phrase can't stand alone. embedded: it comes out of a longer sentence, so that it fits into another one as it is.
    """

    language: Language
    kind: Kind
    phrase: str
    full: str
    subject: str
    about: str | None = None
    oblique: bool = False
    embedded: bool = False
    sides: tuple[str, str] | None = None
    count: str | None = None
    numbers: Numbers = field(default_factory=Numbers)


@dataclass(frozen=True, slots=True)
class _Found:
    """A phrase on its way from the prompt to the topic."""

    text: str
    about: str | None = None
    embedded: bool = False


def find_topic(prompt: str) -> Topic:
    lines = [_quiet(line) for line in plain_lines(prompt)]
    whole = " ".join(lines)
    language = detect(whole)
    sentences = _sentences(lines)
    found = _main_sentence(sentences, language)
    kind, match = _classify(found.text, language)
    phrase = _group(match, "topic", "other") or found.text
    sides = _sides(found.text, match, language) if match and kind == "versus" else None
    if kind == "versus" and not sides:
        kind = "topic"
    if kind == "topic":
        phrase = _without_subtitle(phrase)
    if kind == "topic" and (activity := howto_phrase(phrase, language)):
        kind, phrase = "howto", activity
    limit = SENTENCE_CHARS if language.verb_last and kind != "topic" else TOPIC_CHARS
    phrase = "" if kind == "wordless" else phrase
    short = shortened(" vs ".join(sides) if sides else _without_article(phrase, kind, language), language, limit)
    return Topic(
        language=language,
        kind=kind if short else "wordless",
        phrase=short,
        full=shortened(phrase, language) or short,
        subject=shortened(found.text, language, DESCRIBED_CHARS) or short,
        about=shortened(found.about, language) or None if found.about else None,
        oblique=bool(found.about and language.oblique and language.oblique.search(phrase)),
        embedded=found.embedded or (kind != "topic" and phrase != found.text),
        sides=sides,
        count=_group(match, "count") if kind in ("points", "list") else None,
        numbers=find_numbers(" ".join(sentences), language),
    )


def _sentences(lines: list[str]) -> list[str]:
    text = "\n".join(lines)
    parts = [_beginning(part.strip()) for part in _SENTENCE.split(text)]
    return [without_emoji_round(part) if has_words(part) else part for part in parts if part][:READ_SENTENCES] or [""]


def _beginning(sentence: str) -> str:
    """Whole words only; '' for one endless word."""
    if len(sentence) <= READ_CHARS:
        return sentence
    found = _BEGINNING.match(sentence)
    return found[0] if found else ""


def _quiet(line: str) -> str:
    """A shouted line in small letters: nobody wants a title in capitals only."""
    words = [word for word in line.split() if word.isalpha()]
    shouted = len(words) > 2 and all(word.isupper() for word in words)
    return line.lower() if shouted else line


def _main_sentence(sentences: list[str], language: Language) -> _Found:
    """The first sentence that says what the video is about, else the first that says anything."""
    keywords = _keywords(sentences[0]) if len(sentences) == 1 else None
    if keywords:
        return _Found(keywords)
    stripped = [_strip(sentence, language) for sentence in sentences]
    telling = next((found for found, whole in zip(stripped, sentences, strict=True) if found.text != whole), None)
    worded = next((found for found in stripped if len(found.text.split()) > 1), None)
    return telling or worded or next((found for found in stripped if has_words(found.text)), stripped[0])


def _keywords(sentence: str) -> str | None:
    """The first three of a list of keywords, as a phrase."""
    words = [trimmed(word) for word in re.split(r"[;、，|]|,(?!\d)|\s#|^#", sentence)]
    words = [word for word in words if word]
    if len(words) < 3 or any(len(word.split()) > 3 or len(word) > 24 for word in words):
        return None
    return f"{', '.join(words[:2])} & {words[2]}"


def _strip(sentence: str, language: Language) -> _Found:
    """`sentence` without what is said to the machine and about the medium."""
    found = _Found(sentence)
    for _ in range(4):
        match = next(filter(None, (pattern.search(found.text) for pattern in language.strip)), None)
        rest = _group(match, "topic", "other", "bare")
        if match is None or not rest or not has_words(rest):
            return found
        about = _group(match, "about")
        text = _standing_alone(rest.strip(), language) if about else rest.strip()
        found = _Found(text, about or found.about, embedded=_group(match, "bare") is None)
    return found


def _classify(text: str, language: Language) -> tuple[Kind, re.Match[str] | None]:
    for kind in KINDS:
        pattern = language.kinds.get(kind)
        match = pattern.search(text) if pattern else None
        if match and not (kind in ("points", "list") and _is_measure(match, text, language)):
            return kind, match
    return "topic", None


def _is_measure(match: re.Match[str], text: str, language: Language) -> bool:
    """Whether the number that opens the phrase is a time, a price or a year, and counts no entries of a list."""
    duration = find_numbers(text[match.start("count") :][:20], language).duration or ""
    return duration.startswith(match["count"]) or int(match["count"]) < 2


def _sides(text: str, match: re.Match[str], language: Language) -> tuple[str, str] | None:
    left = trimmed(re.split(r"[:,.!?]\s", text[: match.start()])[-1])
    right = shortened(re.split(r"[:,.!?;(]", text[match.end() :])[0], language)
    if language.articles:
        left, right = language.articles.sub("", left), language.articles.sub("", right)
    return (left, right) if 0 < len(left) <= SIDE_CHARS and 0 < len(right) <= SIDE_CHARS else None


def _without_subtitle(phrase: str) -> str:
    """'Nokia in 2026' of "Nokia in 2026: what went wrong": a title takes one colon."""
    head = re.split(r"[:：]\s", phrase)[0]
    return head if len(head.split()) > 1 else phrase


def _standing_alone(phrase: str, language: Language) -> str:
    """'meinen Urlaub', taken from "über meinen Urlaub", as 'mein Urlaub'."""
    for case, form in language.nominative:
        alone, changed = case.subn(form, phrase, count=1)
        if changed:
            return alone
    return phrase


def _without_article(phrase: str, kind: Kind, language: Language) -> str:
    bare = language.articles.sub("", phrase) if language.articles and kind in ("topic", "review", "list") else phrase
    return bare if has_words(bare) else phrase


def _group(match: re.Match[str] | None, *names: str) -> str | None:
    """The first of the named groups that the pattern has and that took part in the match."""
    groups = match.groupdict() if match else {}
    return next((value for name in names if (value := groups.get(name))), None)

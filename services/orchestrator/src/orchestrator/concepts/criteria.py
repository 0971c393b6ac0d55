"""What an answer has to be in content: every rule that a program can hold it to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from orchestrator.concepts.answer import Answer
from orchestrator.concepts.base import TITLES
from orchestrator.concepts.distance import distance, folded
from orchestrator.concepts.local_writer.clean import visible
from orchestrator.concepts.local_writer.detect import detect
from orchestrator.concepts.local_writer.language import NEUTRAL

MOST_WORDS = 5
LONGEST_HEADLINE = 32
LONGEST_WORD = 20
"""In letters: more than that would be set too small to read."""
NEAREST = 0.35
"""Concepts that are nearer to each other than that are copies (0: the same, 1: nothing in common)."""
ECHO_WORDS = 8
"""So many words of the rules in a row do not come about by chance."""
TELLING_WORDS = 5
"""A prompt of fewer words does not say in which language it is: names and loan words are everywhere."""

_LINK = re.compile(r"https?:|www\.|\b[\w-]+\.[a-z]{2,12}/\w|\w@[\w-]+\.\w|\]\(", re.IGNORECASE)
_MARKUP = re.compile(r"[<>{}`]|&\w+;|\*\*|__|^#")

_JOINERS = str.maketrans("\u00a0", " ", "\u200c\u200d")
"""Emoji and Persian need them."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """One line for the model. grave: an answer with it is not used; without it is, when nothing better comes."""

    text: str
    grave: bool = True


def complaints(answer: Answer, prompt: str, count: int, rules: str) -> list[Complaint]:
    """What is wrong with the first `count` concepts and five titles."""
    return [
        *_of_counts(answer, count),
        *_of_headlines([concept.headline for concept in answer.concepts[:count]], answer.titles[:TITLES]),
        *_of_titles(answer.titles[:TITLES]),
        *_of_distance(answer, count),
        *_of_texts(answer, rules),
        *_of_language(answer, prompt),
    ]


def _of_counts(answer: Answer, count: int) -> Iterator[Complaint]:
    if len(answer.concepts) < count:
        yield Complaint(f"There are {len(answer.concepts)} concepts instead of {count}.")


def _of_headlines(headlines: Sequence[str], titles: Sequence[str]) -> Iterator[Complaint]:
    for number, headline in enumerate(headlines, 1):
        words = headline.split()
        if not any(letter.isalnum() for letter in headline):
            yield Complaint(f"Headline {number} has no words.")
        if (
            len(words) > MOST_WORDS
            or len(headline) > LONGEST_HEADLINE
            or any(len(word) > LONGEST_WORD for word in words)
        ):
            yield Complaint(
                f"Headline {number} is too long: {MOST_WORDS} words, {LONGEST_HEADLINE} letters, "
                f"{LONGEST_WORD} in one word at the most."
            )
        if any(_repeats(title, headline) for title in titles):
            yield Complaint(f"Headline {number} stands in a title, too: say something else.")
    if len({folded(headline) for headline in headlines}) < len(headlines):
        yield Complaint("Two headlines are the same.")


def _repeats(title: str, headline: str) -> bool:
    title, headline = folded(title), folded(headline)
    return title == headline or (headline.count(" ") >= 2 and f" {headline} " in f" {title} ")


def _of_titles(titles: Sequence[str]) -> Iterator[Complaint]:
    if len({folded(title) for title in titles}) < len(titles):
        yield Complaint("Two titles are the same.")


def _of_distance(answer: Answer, count: int) -> Iterator[Complaint]:
    for (first, one), (second, other) in combinations(enumerate(answer.concepts[:count], 1), 2):
        if distance(one.headline, one.description, other.headline, other.description) < NEAREST:
            yield Complaint(f"Concepts {first} and {second} are nearly the same idea.", grave=False)


def _of_texts(answer: Answer, rules: str) -> Iterator[Complaint]:
    phrases = _phrases(rules)
    for place, text in _texts(answer):
        if _MARKUP.search(text) or _LINK.search(text) or visible(text) != text.translate(_JOINERS):
            yield Complaint(f"{place} holds mark-up, a link, or letters that can't be seen.")
        if "\n" in text and not place.startswith("Description"):
            yield Complaint(f"{place} is more than one line.")
        if phrases & _phrases(text):
            yield Complaint(f"{place} repeats these rules.")


def _texts(answer: Answer) -> Iterator[tuple[str, str]]:
    for number, concept in enumerate(answer.concepts, 1):
        yield f"Headline {number}", concept.headline
        yield f"Description {number}", concept.description
    for number, title in enumerate(answer.titles, 1):
        yield f"Title {number}", title


def _phrases(text: str) -> set[tuple[str, ...]]:
    words = folded(text).split()
    return {tuple(words[start : start + ECHO_WORDS]) for start in range(len(words) - ECHO_WORDS + 1)}


def _of_language(answer: Answer, prompt: str) -> Iterator[Complaint]:
    asked, written = detect(prompt), detect(" ".join(answer.titles))
    told = len(prompt.split()) >= TELLING_WORDS or not prompt.isascii()
    if told and asked != written and NEUTRAL not in (asked.code, written.code):
        yield Complaint(f"The topic is in {asked.code}: headlines and titles have to be, too.", grave=False)

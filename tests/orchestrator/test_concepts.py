"""What every concept writer promises for any prompt, and what the one named `local` adds to that."""

from __future__ import annotations

import math
import os
import re
import subprocess
import sys
import unicodedata
from collections.abc import Iterable
from dataclasses import replace
from itertools import combinations, pairwise
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestrator.concepts.base import TITLES, ConceptDraft, ConceptWriter, Draft, Mood
from orchestrator.concepts.local import LocalWriter
from orchestrator.concepts.local_writer.language import LANGUAGES, NEUTRAL, Language
from orchestrator.concepts.local_writer.palettes import PALETTES
from orchestrator.concepts.local_writer.titles import titles_for
from orchestrator.concepts.local_writer.topic import find_topic
from orchestrator.concepts.local_writer.verbs import base_of, gerund_of
from tests.orchestrator.test_concepts_examples import EXAMPLES

PROMPTS = {prompt: language for prompt, language, *_ in EXAMPLES}
MIX = st.sampled_from(
    [*(word for prompt in PROMPTS for word in prompt.split()), "vs", "?", "!", "\n", "10", "$5", "🍞", "<"]
)
ANY_TEXT = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=2000),
    st.lists(MIX, min_size=1, max_size=60).map(" ".join),
    st.lists(MIX, min_size=1, max_size=20).map("".join),
)
MANY = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
ENGLISH_WORDS = sorted({word for prompt, code in PROMPTS.items() if code == "en" for word in prompt.split()})
PUNCTUATION = ".,:;!?…()'’\"&¿¡؟،|#*$"
ARTICLES = {"mein", "der", "die", "il", "la", "lo", "i", "gli"}
EDGE_PROMPTS = [
    "🍞🔥", "?", "a", "$$$", "...", "\u0301", "<b></b>", "how to", "make me a thumbnail", "https://youtu.be/dQw4w9WgXcQ",
    "x" * 2000, "sourdough " * 200, "私" * 2000, "🍞" * 2000, "10 " * 600, "a\u200bb\u0000c\u202ed", "#shorts #fyp",
    "{topic} {0} {price}", "%s %(x)s \\1", "Top 5\n100 %\n???\nPsst …\n24 / 7", "\ud7ff\ue000\U0010ffff",
]  # fmt: skip


@pytest.fixture
def writer() -> ConceptWriter:
    return LocalWriter()


def plain(text: str) -> str:
    return text.casefold()


def check(draft: Draft, count: int) -> None:
    assert len(draft.concepts) == count
    assert len({plain(title) for title in draft.titles}) == len(draft.titles) == TITLES
    for title in draft.titles:
        assert 0 < len(title) <= 100
        assert not set(title) & set("<>")
        assert_clean(title)
    headlines = [concept.headline for concept in draft.concepts]
    assert len({plain(headline) for headline in headlines}) == count
    assert not {plain(headline) for headline in headlines} & {plain(title) for title in draft.titles}
    assert len({concept.mood for concept in draft.concepts}) == count
    for concept in draft.concepts:
        check_concept(concept)


def check_concept(concept: ConceptDraft) -> None:
    assert 1 <= len(concept.headline.split()) <= 5
    assert len(concept.headline) <= 24
    assert_clean(concept.headline)
    assert concept.mood in get_args(Mood)
    assert len(concept.palette) == 3
    assert all(re.fullmatch("#[0-9a-f]{6}", colour) for colour in concept.palette)
    assert 0 < len(concept.description) <= 1000
    assert_clean(concept.description)


def assert_clean(text: str) -> None:
    assert text == " ".join(text.split())
    shown = text.replace("\N{VARIATION SELECTOR-16}", "")
    assert not [char for char in shown if unicodedata.category(char)[0] == "C"], ascii(text)


@pytest.mark.parametrize("prompt", [*PROMPTS, *EDGE_PROMPTS])
async def test_any_prompt_gets_what_was_asked_for(writer: ConceptWriter, prompt: str) -> None:
    for count in (0, 3, 4, 5):
        check(await writer.write(prompt, count, timeout_s=5), count)


@MANY
@given(prompt=ANY_TEXT, count=st.sampled_from([0, 3, 4, 5]))
async def test_any_text_gets_what_was_asked_for(writer: ConceptWriter, prompt: str, count: int) -> None:
    check(await writer.write(prompt, count, timeout_s=5), count)


@pytest.mark.parametrize("prompt", PROMPTS)
async def test_the_grounds_of_one_set_differ_at_a_glance(prompt: str) -> None:
    concepts = (await LocalWriter().write(prompt, 5, timeout_s=5)).concepts
    for one, other in combinations(concepts, 2):
        assert distance(one.palette[0], other.palette[0]) >= 0.11


@pytest.mark.parametrize("prompt", [prompt for prompt in PROMPTS if find_topic(prompt).language.spaced])
async def test_every_word_of_a_title_is_whole(prompt: str) -> None:
    assert_whole_words(prompt, (await LocalWriter().write(prompt, 0, timeout_s=5)).titles)


@MANY
@given(words=st.lists(st.sampled_from(ENGLISH_WORDS), min_size=1, max_size=80))
async def test_every_word_of_a_title_is_whole_however_long_the_prompt(words: list[str]) -> None:
    assert_whole_words(" ".join(words), (await LocalWriter().write(" ".join(words), 0, timeout_s=5)).titles)


def assert_whole_words(prompt: str, titles: Iterable[str]) -> None:
    """A word of a title is one of the prompt's, one of the phrases', or a known inflection of the prompt's."""
    language = find_topic(prompt).language
    given_words = words_of(prompt)
    inflected = {form for word in given_words for form in (gerund_of(word), base_of(word), word.removesuffix("에"))}
    known = given_words | inflected | ARTICLES | phrase_words(language) | phrase_words(LANGUAGES[NEUTRAL])
    for title in titles:
        assert words_of(title) <= known


def words_of(text: str) -> set[str]:
    return {word.strip(PUNCTUATION) for word in re.split(r"[\s/\-–—]+", text.casefold())} - {""}


def phrase_words(language: Language) -> set[str]:
    phrases = [phrase for ideas in language.titles.values() for options in ideas.values() for phrase in options]
    without_slots = re.sub(r"\{\w+\}", " ", " ".join([*phrases, language.how, language.about, language.question]))
    return words_of(without_slots) | {"vs"}


@pytest.mark.parametrize("prompt", PROMPTS)
async def test_layouts_alternate_or_stand_on_the_right_for_right_to_left_text(prompt: str) -> None:
    layouts = [concept.layout for concept in (await LocalWriter().write(prompt, 5, timeout_s=5)).concepts]
    if PROMPTS[prompt] == "ar" or any("א" <= char <= "ת" for char in prompt):
        assert layouts == ["right"] * 5
    else:
        assert all(one != other for one, other in pairwise(layouts))


@pytest.mark.parametrize("prompt", PROMPTS)
async def test_a_description_quotes_the_prompt_and_names_the_calm_half(prompt: str) -> None:
    for concept in (await LocalWriter().write(prompt, 3, timeout_s=5)).concepts:
        quoted = re.findall('"([^"]+)"', concept.description)
        assert len(quoted) == 1
        assert f"the {concept.layout} half stays calm" in concept.description


SHOW_DRAFT = """
import asyncio, sys
from orchestrator.concepts.local import LocalWriter
print(ascii(asyncio.run(LocalWriter().write(sys.argv[1], 5, timeout_s=5))))
"""


def test_every_process_writes_the_same_for_the_same_prompt() -> None:
    """Whatever seed its hashes have."""
    command = [sys.executable, "-c", SHOW_DRAFT, "a video about making sourdough bread"]
    drafts = {
        subprocess.run(command, env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True, check=True).stdout
        for seed in ("1", "2", "3")
    }
    assert len(drafts) == 1


def test_a_phrase_that_would_make_a_title_too_long_is_not_used() -> None:
    topic = replace(find_topic("yoga for back pain"), phrase="y" * 80, full="y" * 80)
    assert all(len(title) <= 100 for title in titles_for(topic, "seed"))


async def test_prompts_of_one_kind_do_not_all_get_the_same_phrases() -> None:
    topics = ("bread", "cheese", "sauerkraut", "beer", "soap", "candles")
    drafts = [await LocalWriter().write(f"how to make {topic}", 4, timeout_s=5) for topic in topics]
    assert len({tuple(concept.headline for concept in draft.concepts) for draft in drafts}) > 3


def test_every_palette_has_a_ground_unlike_those_of_other_moods() -> None:
    grounds = [(mood, palette[0]) for mood, palettes in PALETTES.items() for palette in palettes]
    for (mood, ground), (other, another) in combinations(grounds, 2):
        assert mood == other or distance(ground, another) >= 0.11


def distance(one: str, other: str) -> float:
    return math.dist(oklab(one), oklab(other))


def oklab(colour: str) -> tuple[float, float, float]:
    red, green, blue = (linear(int(colour[start : start + 2], 16) / 255) for start in (1, 3, 5))
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    middle = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    return (
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )


def linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4

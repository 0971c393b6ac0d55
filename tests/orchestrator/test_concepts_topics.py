"""What else the local writer finds in a prompt: figures, sides, counts, the sentence that matters."""

from __future__ import annotations

import re
import time
from itertools import product

import pytest

from orchestrator.concepts.local_writer.language import LANGUAGES
from orchestrator.concepts.local_writer.topic import find_topic


@pytest.mark.parametrize(
    ("prompt", "price", "duration", "days", "year"),
    [
        ("I built a tiny house for $5,000 in 30 days", "$5,000", "30 days", "30", None),
        ("how to learn guitar in 3 months", None, "3 months", None, None),
        ("Eu construí uma casa por R$ 20.000 em 30 dias", "R$ 20.000", "30 dias", "30", None),
        ("Ich habe ein Haus für 5.000 Euro in 30 Tagen gebaut", "5.000 Euro", "30 Tagen", "30", None),
        ("30日間で5万円の小さな家を建てました", "5万円", "30日間", "30", None),
        ("मैंने 30 दिनों में 5 लाख रुपये में घर बनाया", "5 लाख रुपये", "30 दिनों", "30", None),
        ("the best budget laptops of 2026", None, None, None, "2026"),
        ("iPhone 17 camera", None, None, None, None),
    ],
)
def test_figures_are_found_as_they_were_written(
    prompt: str, price: str | None, duration: str | None, days: str | None, year: str | None
) -> None:
    numbers = find_topic(prompt).numbers
    assert (numbers.price, numbers.duration, numbers.days, numbers.year) == (price, duration, days, year)


@pytest.mark.parametrize(
    ("prompt", "sides"),
    [
        ("React vs Vue", ("React", "Vue")),
        ("Electric cars vs gas cars: which is cheaper?", ("Electric cars", "gas cars")),
        ("iPhone 17 vs. Galaxy S26", ("iPhone 17", "Galaxy S26")),
        ("iPhone 17 czy Galaxy S26?", ("iPhone 17", "Galaxy S26")),
    ],
)
def test_both_sides_of_a_comparison_are_found(prompt: str, sides: tuple[str, str]) -> None:
    assert find_topic(prompt).sides == sides


@pytest.mark.parametrize(
    ("prompt", "count"),
    [("Top 10 hikes in Norway", "10"), ("5 habits that changed my life", "5"), ("30 days of yoga", None)],
)
def test_a_list_is_counted_and_a_time_is_not(prompt: str, count: str | None) -> None:
    assert find_topic(prompt).count == count


def test_the_topic_of_a_long_brief_is_the_sentence_that_names_it() -> None:
    brief = (
        "Hi there! Hope you are well. I need a thumbnail for a video about restoring old wooden boats. "
        "It should feel warm and nostalgic. " + "Please keep the colours natural and the mood honest. " * 30
    )
    assert find_topic(brief[:2000]).phrase == "restore old wooden boats"


def test_a_phrase_that_was_declined_keeps_the_words_that_govern_it() -> None:
    topic = find_topic("видео о выпечке хлеба на закваске")
    assert topic.oblique
    assert topic.about == "о выпечке хлеба на закваске"


@pytest.mark.parametrize(
    ("prompt", "phrase"),
    [
        ("sourdough, starter, baking, bread", "sourdough, starter & baking"),
        ("#tinyhouse #vanlife #minimalism", "tinyhouse, vanlife & minimalism"),
        ("$5,000 house, $10,000 house, $20,000 house", "$5,000 house, $10,000 house & $20,000 house"),
    ],
)
def test_of_a_list_of_keywords_the_first_three_are_kept(prompt: str, phrase: str) -> None:
    assert find_topic(prompt).phrase == phrase


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_no_pattern_takes_long_for_its_own_words_again_and_again(language: str) -> None:
    """A nested repetition that can match in two ways would take longer than the universe is old."""
    patterns = [*LANGUAGES[language].strip, *LANGUAGES[language].kinds.values()]
    words = {word for pattern in patterns for word in re.findall(r"[^\W\d_]+", pattern.pattern)} | {"5", "$5"}
    started = time.process_time()
    for separator, word in product((" ", ", ", ""), words):
        for pattern in patterns:
            pattern.search(separator.join([word] * 60) + "!")
    assert time.process_time() - started < 10


@pytest.mark.parametrize(
    "word", ["a", "video", "5", "$1,000", "vs", "'", "[(", "</a", "<script>", "\n", "#", "私", "мой"]
)
def test_a_prompt_of_one_word_again_and_again_takes_no_time(word: str) -> None:
    started = time.process_time()
    find_topic(" ".join([word] * 2000)[:2000])
    find_topic((word * 2000)[:2000])
    assert time.process_time() - started < 1

"""The rules that a model's text is held to, in any script, and the distance between two concepts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.concepts.answer import Answer
from orchestrator.concepts.criteria import NEAREST, complaints
from orchestrator.concepts.distance import distance
from tests.support.vendors import texts

RULES = "one two three four five six seven eight nine ten"


def judged(*headlines: str, titles: list[str] | None = None, prompt: str = "bread") -> list[str]:
    document = texts.document(len(headlines))
    for concept, headline in zip(document["concepts"], headlines, strict=True):
        concept["headline"] = headline
    if titles is not None:
        document["titles"] = titles
    answer = Answer.model_validate(document)
    return [complaint.text for complaint in complaints(answer, prompt, len(headlines), RULES)]


@pytest.mark.parametrize(
    "headline",
    [
        "I Quit",
        "Warum ich kündigte",
        "Brotbackgeheimnisse",
        "酸种面包的秘密",
        "パンが焼けない理由",
        "빵 굽는 비밀",
        "لماذا فشل خبزي؟",
        "למה הלחם נכשל?",
        "रोटी का राज़",
        "ความลับของขนมปัง",
        "می‌خواهم بدانم",
        "🔥 3 Secrets",
        "Baker's Dozen",
        "Rock’n’Roll Bread!",
        "$5 vs. $500",
        "C++ in 1 Hour",
    ],
)
def test_a_headline_of_any_script_may_be_good(headline: str):
    assert judged(headline) == []


@pytest.mark.parametrize(
    ("headline", "good"), [("Bread " + "b" * 20 + " abcde", True), ("Bread " + "b" * 20 + " abcdef", False)]
)
def test_a_headline_has_so_many_letters_at_the_most(headline: str, good: bool):
    assert (judged(headline) == []) == good


@pytest.mark.parametrize(
    ("prompt", "complains"),
    [
        ("bread", False),
        ("Pizza Margherita", False),
        ("how to bake bread at home without any stress", False),
        ("wie man zu Hause ohne Stress ein gutes Brot bäckt", True),
        ("как испечь хлеб", True),
        ("パンの焼き方", True),
    ],
)
def test_titles_have_to_be_in_the_prompts_language_where_that_is_plain(prompt: str, complains: bool):
    found = [text for text in judged("I Quit", prompt=prompt) if "topic is in" in text]
    assert bool(found) == complains


WORDS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Zs")), max_size=60)


@given(WORDS, WORDS, WORDS, WORDS)
def test_the_distance_is_one_for_both_and_none_to_itself(h1: str, d1: str, h2: str, d2: str):
    assert distance(h1, d1, h1, d1) == 0
    there, back = distance(h1, d1, h2, d2), distance(h2, d2, h1, d1)
    assert there == back
    assert 0 <= there <= 1 + 1e-9


def test_copies_are_near_and_ideas_are_far():
    """Measured on concepts as models write them: the least distance of different ones is far above the bound."""
    pairs = [(one, other) for i, one in enumerate(texts.CONCEPTS) for other in texts.CONCEPTS[i + 1 :]]
    apart = [distance(one[0], one[1], other[0], other[1]) for one, other in pairs]
    assert min(apart) > 0.8
    headline, description, *_ = texts.CONCEPTS[0]
    reworded = description.replace("Two loaves", "A pair of loaves").replace("dark oak", "black oak")
    assert distance(headline, description, headline, reworded) < NEAREST
    assert distance(headline, description, headline.upper(), f"{description}!") == 0

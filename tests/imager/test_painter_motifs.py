"""Motifs, and which of them a description calls for."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from imager.providers.painter.motifs import MOTIFS
from imager.providers.painter.sprite import Form, outline, sprite
from imager.providers.painter.topics import FALLBACKS, IDEAS, TOPICS, subject_of
from orchestrator.concepts.local_writer.descriptions import SCENES

BOILERPLATE = (
    "as the single focal object in the right third; the left half stays calm and nearly empty; golden late-afternoon "
    "light; no letters, no digits, no logos."
)


def silhouette(motif: str) -> np.ndarray:
    patch = sprite(Form(motif, 100)).body
    whole = np.zeros((160, 160), np.uint8)
    left, top = patch.at[0] + 80, patch.at[1] + 80
    whole[top : top + patch.mask.height, left : left + patch.mask.width] = np.asarray(patch.mask)
    return whole


@pytest.mark.parametrize("motif", MOTIFS)
def test_a_motif_is_large_central_and_has_lines(motif):
    parts = sprite(Form(motif, 400))
    wide, high = parts.body.mask.size
    assert 320 < max(wide, high) < 440
    assert abs(parts.body.at[0] + wide / 2) < 12
    assert np.asarray(parts.body.mask).mean() > 255 * 0.2
    assert np.asarray(parts.detail.mask).max() == 255


@pytest.mark.parametrize("motif", MOTIFS)
def test_a_motifs_edge_is_antialiased(motif):
    levels = np.unique(np.asarray(sprite(Form(motif, 400, lean=7)).body.mask))
    assert len(levels) >= 5


def test_no_two_motifs_look_alike():
    shapes = {motif: silhouette(motif) > 128 for motif in MOTIFS}
    insides = {motif: np.asarray(sprite(Form(motif, 100)).detail.mask).mean() for motif in MOTIFS}
    for one, other in itertools.combinations(MOTIFS, 2):
        union = (shapes[one] | shapes[other]).sum()
        alike = (shapes[one] & shapes[other]).sum() / union
        assert alike < 0.97 or abs(insides[one] - insides[other]) > 4, (one, other)


def test_an_outline_is_larger_on_every_side():
    form = Form("heart", 400)
    inner, outer = sprite(form).body, outline(form, 14)
    grown = (outer.mask.width - inner.mask.width) / 2, (outer.mask.height - inner.mask.height) / 2
    assert all(9 < g < 24 for g in grown)


def test_every_motif_that_a_word_calls_for_exists():
    named = {m for motifs, _ in TOPICS for m in motifs} | {m for m, _ in IDEAS} | set(FALLBACKS)
    assert named <= set(MOTIFS)


@pytest.mark.parametrize(
    ("subject", "hero"),
    [
        ("making sourdough bread", "loaf"),
        ("Sauerteigbrot backen", "loaf"),
        ("рецепт: хлеб дома", "loaf"),
        ("10 minute home workout without equipment", "dumbbell"),
        ("why my Python code is slow", "laptop"),
        ("my trip to Japan", "plane"),
        ("two kittens", "cat"),
        ("entrenamiento de fútbol", "dumbbell"),
    ],
)
def test_a_topic_is_shown_by_its_motif(subject, hero):
    description = f'A picture for a video about "{subject}": one person seen from behind, {BOILERPLATE}'
    assert subject_of(description, 0).hero == hero
    assert subject_of(f"{subject}, seen close", 0).hero == hero


def test_siblings_get_different_motifs_of_one_topic():
    assert len({subject_of('"sourdough bread"', turn).hero for turn in range(3)}) == 3


def test_every_idea_of_the_local_writer_has_a_sign_of_its_own():
    signs = [subject_of(f'About "bread": {scene}, {BOILERPLATE}', 0).badge for scene in SCENES.values()]
    assert None not in signs
    assert len(set(signs)) == len(signs)


def test_without_a_topic_the_idea_is_the_hero():
    assert subject_of("the moment it goes wrong", 0).hero == "cross"
    assert subject_of("the moment it goes wrong", 0).badge is None


def test_without_anything_known_siblings_still_differ():
    heroes = [subject_of("", turn).hero for turn in range(5)]
    assert len(set(heroes)) == 5


def test_the_boilerplate_alone_calls_for_nothing():
    assert subject_of(BOILERPLATE, 0).hero == FALLBACKS[0]


@pytest.mark.parametrize("description", ["\x00", "\ud800", "面包" * 5000, '"' * 3001, "x" * 10**6])
def test_odd_descriptions_find_something(description):
    assert subject_of(description, 3).hero in MOTIFS

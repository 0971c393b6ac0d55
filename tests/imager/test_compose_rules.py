"""QUALITY's rules, measured on the finished pixels."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from tests.imager.test_compose_support import (
    BACKGROUNDS,
    HEIGHT,
    PALETTE,
    WIDTH,
    core_height,
    finish,
    line_rows,
    stem,
    worst_contrast,
)

HEADLINES = (
    "STOP",
    "5 mistakes",
    "Why I quit",
    "Never buy bread again",
    "The truth about sugar nobody tells",
    "Bread in 10 minutes",
)
PALETTES = (PALETTE, ("#f4f1de", "#e07a5f", "#3d405b"))


@pytest.mark.parametrize("layout", ["left", "right"])
@pytest.mark.parametrize("background", BACKGROUNDS)
def test_the_worst_of_the_letters_surroundings_passes_on_any_background(background: str, layout: str):
    for headline, palette in (("5 mistakes", PALETTES[0]), ("The truth about sugar nobody tells", PALETTES[1])):
        finished = finish(background, headline, layout, palette)
        ratio, lightness = worst_contrast(finished)
        effect = finished.composed.text_layer["effect"]
        assert ratio >= 4.5, (headline, effect)
        assert lightness >= 60, (headline, effect)


def test_the_reported_contrast_is_what_the_pixels_show():
    for background in ("dark", "zebra", "blotches", "middling"):
        finished = finish(background, "Never buy bread again")
        ratio, _ = worst_contrast(finished)
        assert finished.composed.contrast <= ratio * 1.25


@pytest.mark.parametrize("layout", ["left", "right"])
@pytest.mark.parametrize(
    "headline", [*HEADLINES, "A headline as long as an edit may be, eighty letters of it, and not one more!!!"]
)
def test_the_duration_badge_has_its_corner(headline: str, layout: str):
    ink = finish("dark", headline, layout).ink()
    assert ink[int(0.72 * HEIGHT) :, int(0.66 * WIDTH) :].mean() <= 0.01
    assert ink[int(0.61 * HEIGHT) :, int(0.52 * WIDTH) :].mean() <= 0.05


@pytest.mark.parametrize("layout", ["left", "right"])
@pytest.mark.parametrize("headline", HEADLINES)
def test_letters_are_large_enough_where_thumbnails_are_smallest(headline: str, layout: str):
    finished = finish("dark", headline, layout)
    ink, condensed = finished.ink(), finished.composed.text_layer["family"] == "Anton"
    for top, bottom in line_rows(finished):
        assert core_height(ink[top : bottom + 1]) >= (9.5 if condensed else 5.5)
        assert stem(ink[top : bottom + 1]) >= 1.75


@pytest.mark.parametrize("layout", ["left", "right"])
@pytest.mark.parametrize("headline", HEADLINES)
def test_lines_are_few_apart_and_of_a_kind(headline: str, layout: str):
    finished = finish("dark", headline, layout)
    lines, rows = finished.composed.text_layer["lines"], line_rows(finished)
    sizes = [line["size"] for line in lines]
    assert len(rows) == len(lines) <= 3
    assert max(sizes) / min(sizes) <= 1.36
    gaps = [lower[0] - upper[1] - 1 for upper, lower in pairwise(rows)]
    assert all(gap >= 0.07 * min(sizes) for gap in gaps)


def test_the_headline_is_the_hero_of_its_half():
    for headline in HEADLINES:
        left, right = (finish("dark", headline, layout).ink().any(axis=0) for layout in ("left", "right"))
        assert np.flatnonzero(left)[0] <= 0.06 * WIDTH
        assert np.flatnonzero(right)[-1] >= 0.92 * WIDTH
        assert np.flatnonzero(left)[-1] <= 0.63 * WIDTH
        assert np.flatnonzero(right)[0] >= 0.37 * WIDTH


def test_a_calm_picture_gets_no_effect_and_a_wild_one_a_scrim_or_a_panel():
    assert finish("dark", "Why I quit").composed.text_layer["effect"] == "plain"
    assert finish("light", "Why I quit").composed.text_layer["effect"] == "plain"
    for wild in ("blotches", "fine blotches", "zebra"):
        assert finish(wild, "Why I quit").composed.text_layer["effect"] in ("scrim", "panel")


def test_letters_are_dark_on_light_and_light_on_dark():
    assert finish("dark", "Why I quit").composed.text_layer["colour"] == "#ffffff"
    assert finish("light", "Why I quit").composed.text_layer["colour"] == "#0e0f14"

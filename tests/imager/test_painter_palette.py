"""Colours that the painter makes of what a brief brings."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imager.providers.painter.colour import Colour, distance, parse
from imager.providers.painter.palette import CURATED, Palette, harmonize, stands_out

HEXES = st.integers(0, 0xFFFFFF).map(lambda v: f"#{v:06x}")


def is_mud(colour: Colour) -> bool:
    return colour.lightness < 0.6 and 62 < colour.hue < 138 and colour.chroma > 0.035


@given(HEXES)
def test_a_colour_survives_the_way_there_and_back(text):
    colour = parse(text)
    assert colour is not None
    assert all(abs(a - b) <= 1 for a, b in zip(colour.rgb, bytes.fromhex(text[1:]), strict=True))


@pytest.mark.parametrize("text", ["", "#", "red", "#12345", "#1234567", "#gggggg", "#٠٠٠٠٠٠", "12 34 56"])
def test_what_is_no_colour_is_none(text):
    assert parse(text) is None


@given(st.floats(0, 1), st.floats(0, 0.4), st.floats(0, 360))
def test_every_colour_fits_the_screen(lightness, chroma, hue):
    assert all(0 <= v <= 255 for v in Colour(lightness, chroma, hue).rgb)


@given(HEXES, HEXES, HEXES, st.sampled_from([*CURATED, "?"]))
def test_any_three_colours_become_a_palette(ground, second, accent, mood):
    palette = harmonize((ground, second, accent), mood)
    assert palette.ground.lightness <= 0.53 or palette.ground.lightness >= 0.79
    assert not is_mud(palette.ground)
    assert not is_mud(palette.accent)
    assert not is_mud(palette.deep)
    assert distance(palette.accent, palette.ground) > 0.08


@given(HEXES, HEXES, HEXES)
def test_a_shape_always_stands_out_from_what_it_lies_on(ground, second, accent):
    palette = harmonize((ground, second, accent), "bold")
    for below, above in itertools.permutations((palette.ground, palette.second, palette.accent), 2):
        chosen = palette.on(below, above)
        assert stands_out(chosen, below) or abs(chosen.lightness - below.lightness) > 0.3


@pytest.mark.parametrize("mood", CURATED)
def test_nothing_usable_gives_the_moods_own_colours(mood):
    palette = harmonize(("nonsense", "", "#xyzxyz"), mood)
    assert distance(palette.ground, CURATED[mood].ground) < 0.06


def test_moods_have_grounds_of_their_own():
    grounds = [palette.ground for palette in CURATED.values()]
    assert all(distance(a, b) > 0.08 for a, b in itertools.combinations(grounds, 2))


def test_three_equal_greys_get_an_accent_with_colour():
    palette: Palette = harmonize(("#808080",) * 3, "fresh")
    assert palette.accent.chroma > 0.1
    assert stands_out(palette.accent, palette.ground)


def test_good_colours_stay_what_they_are():
    palette = harmonize(("#10132c", "#342972", "#f6c330"), "warm")
    for colour, text in ((palette.ground, "#10132c"), (palette.second, "#342972"), (palette.accent, "#f6c330")):
        wanted = parse(text)
        assert wanted is not None
        assert distance(colour, wanted) < 0.06

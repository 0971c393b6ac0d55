"""Where the painter's pictures are calm and where they are not, for every style and both layouts."""

from __future__ import annotations

import numpy as np
import pytest

from imager.providers.base import Brief
from imager.providers.painter import render
from imager.providers.painter.palette import CURATED
from imager.providers.painter.styles import STYLES

EDGE = 100
"""Sobel strength from which a pixel counts as an edge: Canny's usual lower threshold."""

LAYOUTS = ("left", "right")
DESCRIPTION = 'A picture for a video about "coffee": the moment it goes wrong'
LOUD = ("#d01d21", "#2b235d", "#fcde3d")


def painted(
    style: str, layout: str, mood: str = "bold", seed: str = "s", palette: tuple[str, ...] = LOUD
) -> np.ndarray:
    """Greyscale, the calm half always on the left."""
    brief = Brief(seed, 0, DESCRIPTION, mood, palette, layout)
    grey = np.asarray(render(brief, style).convert("L"), dtype=np.float32)
    return grey if layout == "left" else grey[:, ::-1]


def edges(grey: np.ndarray) -> np.ndarray:
    """Thinned Sobel edges: a pixel is one where it is steep and no neighbour across the edge is steeper."""
    rows = grey[:-2] + 2 * grey[1:-1] + grey[2:]
    columns = grey[:, :-2] + 2 * grey[:, 1:-1] + grey[:, 2:]
    across, down = rows[:, 2:] - rows[:, :-2], columns[2:] - columns[:-2]
    steep = np.pad(np.abs(across) + np.abs(down), 1)
    middle = steep[1:-1, 1:-1]
    peak_across = (middle >= steep[1:-1, :-2]) & (middle > steep[1:-1, 2:])
    peak_down = (middle >= steep[:-2, 1:-1]) & (middle > steep[2:, 1:-1])
    return (middle > EDGE) & np.where(np.abs(across) >= np.abs(down), peak_across, peak_down)


def test_the_measure_sees_edges():
    board = np.kron(np.indices((40, 40)).sum(axis=0) % 2, np.ones((16, 16))) * 255
    assert edges(board.astype(np.float32)).mean() > 0.1
    assert edges(np.full((64, 64), 80, np.float32)).mean() == 0


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("style", STYLES)
def test_the_headlines_part_is_calm(style, layout):
    for seed in "abcd":
        found = edges(painted(style, layout, seed=seed))
        calm = found[:, : int(found.shape[1] * 0.55)]
        assert calm.mean() <= 0.005
        assert calm[40:-40, : int(found.shape[1] * 0.5)].mean() <= 0.003


@pytest.mark.parametrize("style", STYLES)
def test_the_headlines_part_is_of_one_tone(style):
    for mood in CURATED:
        grey = painted(style, "left", mood, palette=())
        left = grey[60:-60, : int(grey.shape[1] * 0.5)]
        assert left.std() < 26, mood
        assert np.percentile(left, 95) < 140 or np.percentile(left, 5) > 105, mood


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("style", STYLES)
def test_the_focal_point_is_where_the_rule_wants_it(style, layout):
    grey = painted(style, layout, "calm")
    found = edges(grey)[150:650, 600:]
    columns = np.arange(600, 600 + found.shape[1])
    assert 0.70 <= np.average(columns, weights=found.sum(axis=0)) / grey.shape[1] <= 0.82


@pytest.mark.parametrize("style", STYLES)
def test_little_of_the_detail_lies_under_the_duration_badge(style):
    found = edges(painted(style, "left"))
    height, width = found.shape
    assert found[int(height * 0.86) :, int(width * 0.82) :].sum() < 0.12 * found.sum()


def test_a_motif_is_not_mirrored_with_its_picture():
    """The flag flies to the right in both layouts."""
    left, right = (
        np.asarray(render(Brief("s", 0, "my journey", "calm", LOUD, layout), "rays").convert("L"), np.float32)
        for layout in LAYOUTS
    )
    one, other = left[250:500, 911:1161], right[250:500, 182:432]
    assert np.abs(one - other).mean() < np.abs(one - other[:, ::-1]).mean() / 2

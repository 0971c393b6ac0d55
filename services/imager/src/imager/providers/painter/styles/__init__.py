"""All styles, and which of them a concept gets."""

from __future__ import annotations

from collections.abc import Callable

from imager.providers.painter.scene import Dice, Scene
from imager.providers.painter.styles.collage import collage
from imager.providers.painter.styles.disc import disc
from imager.providers.painter.styles.halftone import halftone
from imager.providers.painter.styles.neon import neon
from imager.providers.painter.styles.paper import paper
from imager.providers.painter.styles.rays import rays
from imager.providers.painter.styles.split import split
from imager.providers.painter.styles.spotlight import spotlight
from imager.providers.painter.styles.stage import stage
from imager.providers.painter.styles.stripes import stripes

Style = Callable[[Scene], None]

SLOTS: tuple[tuple[Style, Style], ...] = (
    (rays, halftone),  # loud
    (paper, stage),  # deep
    (spotlight, neon),  # dark
    (stripes, split),  # flat
    (collage, disc),  # pale
)
"""One row per position: siblings get different rows, so they never share a style; the seed picks within the row."""

STYLES: dict[str, Style] = {style.__name__: style for row in SLOTS for style in row}


def style_for(position: int, seed: str) -> Style:
    """The style of the concept at `position` (0-based)."""
    return Dice(f"style of {seed}").pick(SLOTS[position % len(SLOTS)])

"""The picture while it is painted: its colours, its choices, and the few ways to put colour on it.

Styles paint every picture with its focal point on the right; a picture with the headline on the right is mirrored at
the end, so motifs are cut mirrored for it and come out the right way round.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from PIL import Image

from imager.providers.painter.colour import Colour
from imager.providers.painter.masks import SIZE, faded
from imager.providers.painter.palette import Palette
from imager.providers.painter.pen import Pen, Point
from imager.providers.painter.sprite import Sprite, outline, shadow, sprite
from imager.providers.painter.topics import Subject

T = TypeVar("T")

FOCUS = (1014, 374)
"""The focal point, 0.755 of the width; small moves of it are each style's own."""

SLANT = 0.30
"""The one slant of all diagonals: pixels to the left per pixel down."""

_LEANS = {"bold": 7, "playful": 9, "warm": 4, "fresh": 5}


class Dice:
    """Choices that depend on the seed alone, on every machine."""

    def __init__(self, seed: str) -> None:
        digest = hashlib.blake2b(seed.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        self._random = np.random.Generator(np.random.PCG64(int.from_bytes(digest)))

    def pick(self, options: Sequence[T]) -> T:
        """One of the options."""
        return options[int(self._random.random() * len(options))]


@dataclass(frozen=True, slots=True)
class Look:
    """How a motif is coloured. rim: the sticker's paper, `rim_width` pixels. cast: its shadow's offset and softness."""

    body: Colour
    detail: Colour
    rim: Colour | None = None
    rim_width: int = 14
    cast: tuple[int, int, int] = (10, 18, 16)
    cast_strength: float = 0.42


@dataclass(slots=True)
class Scene:
    """What a style gets: `picture` is RGB, full size, and the ground's colour."""

    palette: Palette
    subject: Subject
    mood: str
    mirrored: bool
    dice: Dice
    picture: Image.Image = field(init=False)

    def __post_init__(self) -> None:
        self.wash(self.palette.ground)

    @property
    def lean(self) -> int:
        """Degrees by which a free-standing motif leans: lively moods do, calm ones stand straight."""
        return _LEANS.get(self.mood, 0)

    def wash(self, colour: Colour) -> None:
        """Start over with one colour."""
        self.picture = Image.new("RGB", SIZE, colour.rgb)

    def fill(self, mask: Image.Image, colour: Colour, at: tuple[int, int] = (0, 0), strength: float = 1.0) -> None:
        """Paste a colour through a mask (255 covers), its upper left corner `at`."""
        self.picture.paste(colour.rgb, at, mask if strength == 1.0 else faded(mask, strength))

    def hero(self, look: Look, *, size: int, at: Point = FOCUS, stands: bool = False) -> None:
        """The subject's motif at the focal point, and its badge. stands: `at` is the middle of its foot."""
        lean = 0 if stands else self.lean
        if stands:
            at = (at[0], at[1] - sprite(self.subject.hero, size, lean, self.mirrored).base)
        self.motif(self.subject.hero, look, size=size, at=at, lean=lean)
        self.badge(size=size, at=at)

    def motif(self, name: str, look: Look, *, size: int, at: Point, lean: int = 0) -> None:
        """A motif with its shadow, rim, edge and lines."""
        key = (name, size, lean, self.mirrored)
        cut = sprite(*key)
        corner = _corner(cut, at)
        right, down, softness = look.cast
        if look.cast_strength:
            cast = shadow(*key, softness) if softness else outline(*key, look.rim_width) if look.rim else cut.body
            self.fill(cast, self.palette.ink, (corner[0] + right, corner[1] + down), look.cast_strength)
        if look.rim is not None:
            self.fill(outline(*key, look.rim_width), look.rim, corner)
        self.fill(cut.body, look.body, corner)
        self.fill(cut.light, look.body.lit(0.05), corner)
        self.fill(cut.edge, look.body.lit(-0.10), corner)
        self.fill(cut.detail, look.detail, corner)

    def badge(self, *, size: int, at: Point = FOCUS) -> None:
        """A disc with the idea's sign, if there is one, on the upper outer shoulder of a motif of that size."""
        if self.subject.badge is None:
            return
        radius = round(size * 0.19)
        x, y = round(at[0] + size * 0.40), round(at[1] - size * 0.40)
        edge = radius + 10
        for reach, colour in ((edge, self.palette.paper), (radius, self.palette.ink)):
            pen = Pen(2 * edge, 2 * edge, origin=(edge, edge), oversample=3)
            pen.disc(0, 0, reach)
            self.fill(pen.mask(), colour, (x - edge, y - edge))
        flat = Look(self.palette.accent.at(lightness=max(0.8, self.palette.accent.lightness)), self.palette.ink, cast_strength=0)
        self.motif(self.subject.badge, flat, size=round(radius * 1.16), at=(x, y))


def _corner(cut: Sprite, at: Point) -> tuple[int, int]:
    return round(at[0] - cut.side / 2), round(at[1] - cut.side / 2)

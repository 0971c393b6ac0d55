"""The picture while it is painted: its colours, its choices, and the few ways to put colour on it.

Styles paint every picture with its focal point on the right; a picture with the headline on the right is mirrored at
the end, so motifs are cut mirrored for it and come out the right way round.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeVar

import numpy as np
from PIL import Image

from imager.providers.painter.colour import Colour
from imager.providers.painter.masks import SIZE, Patch, coloured, cut, faded
from imager.providers.painter.palette import Palette
from imager.providers.painter.pen import Pen, Point
from imager.providers.painter.sprite import Form, outline, shadow, sprite
from imager.providers.painter.topics import Subject

T = TypeVar("T")

FOCUS = (1036, 374)
"""The focal point, 0.77 of the width; small moves of it are each style's own."""

SLANT = 0.26
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

    def form(self, size: int, *, lean: int | None = None) -> Form:
        """The subject's motif in this scene."""
        return Form(self.subject.hero, size, self.lean if lean is None else lean, self.mirrored)

    def wash(self, *scale: Colour, tone: Image.Image | None = None) -> None:
        """Start over: with one colour, or with a full-size tone along a scale of colours."""
        self.picture = Image.new("RGB", SIZE, scale[0].rgb) if tone is None else coloured(tone, scale)

    def fill(self, patch: Patch, colour: Colour, *, move: Point = (0, 0), strength: float = 1.0) -> None:
        """Paste one colour through the patch's mask."""
        mask = patch.mask if strength == 1.0 else faded(patch.mask, strength)
        self.picture.paste(colour.rgb, _shifted(patch, move), mask)

    def shade(self, patch: Patch, *scale: Colour, move: Point = (0, 0)) -> None:
        """Paste the patch's tone, coloured along a scale from dark to light."""
        if patch.tone is not None:
            self.picture.paste(coloured(patch.tone, scale), _shifted(patch, move), patch.mask)

    def hero(self, look: Look, *, size: int, at: Point = FOCUS, stands: bool = False) -> None:
        """The subject's motif at the focal point, and its badge. stands: `at` is the middle of its foot."""
        form = self.form(size, lean=0 if stands else None)
        if stands:
            at = (at[0], at[1] - sprite(form).base)
        self.motif(form, look, at)
        self.badge(size=size, at=at)

    def motif(self, form: Form, look: Look, at: Point) -> None:
        """A motif with its shadow, rim, light and lines."""
        self._cast(form, look, at)
        if look.rim is not None:
            self.fill(outline(form, look.rim_width), look.rim, move=at)
        parts = sprite(form)
        self.shade(parts.body, look.body.lit(-0.10), look.body, look.body.lit(0.05), move=at)
        self.fill(parts.detail, look.detail, move=at)

    def badge(self, *, size: int, at: Point = FOCUS) -> None:
        """A disc with the idea's sign, if there is one, on the upper outer shoulder of a motif of that size."""
        if self.subject.badge is None:
            return
        radius = round(size * 0.19)
        where = (round(at[0] + size * 0.40), round(at[1] - size * 0.40))
        self.fill(disc(radius + 10), self.palette.paper, move=where)
        self.fill(disc(radius), self.palette.ink, move=where)
        bright = self.palette.accent.at(lightness=max(0.8, self.palette.accent.lightness))
        sign = Form(self.subject.badge, round(radius * 1.3), 0, self.mirrored)
        self.motif(sign, Look(bright, self.palette.ink, cast_strength=0), where)

    def _cast(self, form: Form, look: Look, at: Point) -> None:
        """The motif's shadow: soft, or hard and of its outline's form."""
        if not look.cast_strength:
            return
        right, down, softness = look.cast
        hard = outline(form, look.rim_width) if look.rim is not None else sprite(form).body
        patch = shadow(form, softness) if softness else hard
        self.fill(patch, self.palette.ink, move=(at[0] + right, at[1] + down), strength=look.cast_strength)


@lru_cache(maxsize=16)
def disc(radius: int) -> Patch:
    """A disc round (0, 0)."""
    pen = Pen(2 * radius, 2 * radius, origin=(radius, radius))
    pen.disc(0, 0, radius)
    return cut(pen.mask(), (-radius, -radius))


def _shifted(patch: Patch, move: Point) -> tuple[int, int]:
    return round(patch.at[0] + move[0]), round(patch.at[1] + move[1])

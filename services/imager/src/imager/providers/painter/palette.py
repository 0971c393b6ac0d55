"""Three colours that go together, made from whatever colours the brief brought."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from imager.providers.painter.colour import Colour, distance, parse

_OLIVE = (60.0, 140.0)
"""Hues that turn to mud when they are dark."""

_TOO_MIDDLING = (0.52, 0.80)
"""Lightness on which neither a white nor a black headline stands well."""


@dataclass(frozen=True, slots=True)
class Palette:
    """ground: the calm half. second: the large shape on it. accent: the focal point."""

    ground: Colour
    second: Colour
    accent: Colour

    @property
    def ink(self) -> Colour:
        """Nearly black, in the ground's hue: pure black looks like a hole."""
        return Colour(0.19, min(0.05, self.ground.chroma), self.ground.hue)

    @property
    def paper(self) -> Colour:
        """Nearly white, warmed by the accent."""
        return Colour(0.975, min(0.012, self.accent.chroma), self.accent.hue)

    @property
    def deep(self) -> Colour:
        """The ground as a dark room."""
        hue = _without_mud(self.ground.at(lightness=0.27)).hue
        return Colour(0.27, min(0.10, max(0.035, self.ground.chroma)), hue)

    @property
    def soft(self) -> Colour:
        """The ground as a painted wall: light, but with its colour; a black one as a grey wall."""
        if self.ground.lightness < 0.3 and self.ground.chroma < 0.05:
            return Colour(0.36, min(0.07, self.ground.chroma * 1.6), self.ground.hue)
        return Colour(0.86, min(0.085, self.ground.chroma), self.ground.hue)

    @property
    def turned(self) -> Palette:
        """Ground and second colour in each other's place."""
        return Palette(_grounded(self.second), self.ground, self.accent)

    def on(self, background: Colour, *choices: Colour) -> Colour:
        """The first of the choices that stands out from `background`; else paper or ink, whichever is further."""
        for choice in choices:
            if stands_out(choice, background):
                return choice
        return self.paper if background.lightness < 0.62 else self.ink

    @property
    def pale(self) -> Colour:
        """The ground as tinted paper."""
        return Colour(0.945, min(0.028, max(0.01, self.ground.chroma)), self.ground.hue)


def stands_out(colour: Colour, background: Colour) -> bool:
    """Whether a shape in one colour is seen at once on the other, also when small."""
    return abs(colour.lightness - background.lightness) >= 0.15 and distance(colour, background) >= 0.2


def _curated(*colours: tuple[float, float, float]) -> Palette:
    ground, second, accent = (Colour(*c) for c in colours)
    return Palette(ground, second, accent)


CURATED = {
    "bold": _curated((0.40, 0.18, 272), (0.64, 0.22, 20), (0.88, 0.17, 95)),
    "calm": _curated((0.90, 0.04, 215), (0.56, 0.09, 235), (0.74, 0.14, 55)),
    "dark": _curated((0.24, 0.06, 275), (0.46, 0.17, 292), (0.83, 0.15, 195)),
    "playful": _curated((0.83, 0.11, 345), (0.50, 0.21, 290), (0.89, 0.17, 100)),
    "warm": _curated((0.43, 0.14, 30), (0.72, 0.17, 55), (0.94, 0.06, 85)),
    "fresh": _curated((0.88, 0.12, 165), (0.47, 0.10, 195), (0.69, 0.20, 35)),
}

_CHROMA = {"bold": 1.12, "calm": 0.78, "dark": 0.95, "playful": 1.08, "warm": 1.0, "fresh": 1.05}


def harmonize(colours: Sequence[str], mood: str) -> Palette:
    """A palette from up to three '#rrggbb' colours; what is missing or unreadable comes from the mood's own."""
    stock = CURATED.get(mood, CURATED["bold"])
    parsed = [parse(c) for c in list(colours)[:3]]
    parsed += [None] * (3 - len(parsed))
    ground = _grounded(parsed[0] or stock.ground)
    accent = _with_colour(parsed[2] or stock.accent, ground, stock.accent)
    second = _between(parsed[1] or stock.second, ground, accent)
    energy = _CHROMA.get(mood, 1.0)
    ground, second, accent = (c.at(chroma=c.chroma * energy) for c in (ground, second, accent))
    return Palette(ground, second, accent)


def _grounded(colour: Colour) -> Colour:
    """A ground on which a headline can stand: dark or light, never in between, never mud."""
    dark_end, light_start = _TOO_MIDDLING
    if dark_end < colour.lightness < light_start:
        muddy = _OLIVE[0] < colour.hue < _OLIVE[1] and colour.chroma > 0.05
        darker = colour.lightness - dark_end < light_start - colour.lightness and not muddy
        colour = colour.at(lightness=dark_end if darker else light_start)
    return _without_mud(colour.at(lightness=max(0.20, min(0.95, colour.lightness))))


def _without_mud(colour: Colour) -> Colour:
    """Dark yellow is olive: it becomes a brown or a green, whichever is nearer."""
    start, end = _OLIVE
    if colour.lightness > 0.62 or colour.chroma < 0.03 or not start < colour.hue < end:
        return colour
    return colour.at(hue=start - 12 if colour.hue < (start + end) / 2 else end + 12)


def _with_colour(accent: Colour, ground: Colour, stock: Colour) -> Colour:
    """An accent that has colour of its own and can't be taken for the ground."""
    if accent.chroma < 0.08 and ground.chroma < 0.08:
        accent = accent.at(chroma=stock.chroma, hue=stock.hue).apart(ground, 0.2)
    if _OLIVE[0] < accent.hue < _OLIVE[1] and accent.chroma > 0.05:
        accent = accent.at(lightness=max(0.80, accent.lightness))
    if distance(accent, ground) < 0.15:
        opposite = accent.at(hue=ground.hue + 150, chroma=max(0.14, accent.chroma))
        accent = _without_mud(opposite.apart(ground, 0.25))
    return accent


def _between(second: Colour, ground: Colour, accent: Colour) -> Colour:
    """A second colour that is neither of its neighbours."""
    if min(distance(second, ground), distance(second, accent)) >= 0.14:
        return _without_mud(second)
    towards = (ground.lightness + accent.lightness) / 2
    other_side = ground.at(lightness=towards, chroma=max(0.11, ground.chroma), hue=ground.hue - 35)
    return _without_mud(other_side)

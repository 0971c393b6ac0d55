"""Antialiased masks: shapes drawn several times too large on a greyscale picture, then reduced."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from PIL import Image, ImageDraw

Point = tuple[float, float]


class Pen:
    """Draws in its own coordinates: `origin` is where `centre` lies in pixels, `unit` the pixels of a length of 1.

    All it draws is turned by `turn` degrees round the centre and then, with `flip`, mirrored left to right.
    Every shape takes `on`: False erases. Angles are degrees, clockwise from three o'clock; y points down.
    """

    def __init__(
        self,
        width: int,
        height: int,
        *,
        unit: float = 1.0,
        origin: Point = (0.0, 0.0),
        centre: Point = (0.0, 0.0),
        oversample: int = 2,
        turn: float = 0.0,
        flip: bool = False,
    ) -> None:
        self._picture = Image.new("L", (width * oversample, height * oversample))
        self._draw = ImageDraw.Draw(self._picture)
        self._oversample = oversample
        self._scale = unit * oversample
        self._left, self._top = origin[0] * oversample, origin[1] * oversample
        self._centre = centre
        self._cos, self._sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))
        self._side = -1 if flip else 1

    def mask(self) -> Image.Image:
        """What was drawn, at its true size: mode L, 255 inside."""
        return self._picture.reduce(self._oversample) if self._oversample > 1 else self._picture

    def poly(self, points: Iterable[Point], on: bool = True) -> None:
        """A filled polygon."""
        self._draw.polygon([self._pixel(p) for p in points], fill=255 * on)

    def blob(self, points: Sequence[Point], on: bool = True) -> None:
        """A filled closed curve through the points."""
        self.poly(smooth(points), on)

    def disc(self, x: float, y: float, radius: float, on: bool = True) -> None:
        """A filled circle."""
        (left, top), reach = self._pixel((x, y)), radius * self._scale
        self._draw.ellipse([left - reach, top - reach, left + reach, top + reach], fill=255 * on)

    def oval(self, x: float, y: float, across: float, down: float, on: bool = True) -> None:
        """A filled ellipse, given by its half axes."""
        self.poly([(x + across * right, y + down * below) for right, below in around(0, 0, 1)], on)

    def ring(self, x: float, y: float, radius: float, width: float, on: bool = True) -> None:
        """A circle's line, `radius` at its middle."""
        self.arc(x, y, radius, 0, 360, width, on)

    def box(self, x0: float, y0: float, x1: float, y1: float, radius: float = 0.0, on: bool = True) -> None:
        """A filled rectangle with round corners."""
        r = min(radius, (x1 - x0) / 2, (y1 - y0) / 2)
        corners = ((x1 - r, y0 + r, -90), (x1 - r, y1 - r, 0), (x0 + r, y1 - r, 90), (x0 + r, y0 + r, 180))
        self.poly([p for x, y, start in corners for p in around(x, y, r, start, start + 90, count=12)], on)

    def line(self, points: Sequence[Point], width: float, on: bool = True) -> None:
        """A line with round joints and ends."""
        pixels = [self._pixel(p) for p in points]
        self._draw.line(pixels, fill=255 * on, width=max(1, round(width * self._scale)), joint="curve")
        for x, y in (points[0], points[-1]):
            self.disc(x, y, width / 2, on)

    def arc(self, x: float, y: float, radius: float, start: float, end: float, width: float, on: bool = True) -> None:
        """A part of a circle's line, with round ends."""
        outer = around(x, y, radius + width / 2, start, end)
        inner = around(x, y, radius - width / 2, start, end)
        self.poly([*outer, *reversed(inner)], on)
        for tip in (start, end):
            self.disc(*polar(x, y, radius, tip), width / 2, on)

    def _pixel(self, point: Point) -> Point:
        x, y = point[0] - self._centre[0], point[1] - self._centre[1]
        right = self._side * (x * self._cos - y * self._sin)
        down = x * self._sin + y * self._cos
        return self._left + right * self._scale, self._top + down * self._scale


def polar(x: float, y: float, radius: float, angle: float) -> Point:
    """The point at `angle` degrees on a circle."""
    turn = math.radians(angle)
    return x + radius * math.cos(turn), y + radius * math.sin(turn)


def around(x: float, y: float, radius: float, start: float = 0, end: float = 360, count: int = 72) -> list[Point]:
    """Points along a circle from `start` to `end` degrees."""
    return [polar(x, y, radius, start + (end - start) * i / count) for i in range(count + 1)]


def star(x: float, y: float, tips: int, outer: float, inner: float, turn: float = -90) -> list[Point]:
    """The corners of a star, the first tip at `turn` degrees."""
    step = 180 / tips
    return [polar(x, y, inner if i % 2 else outer, turn + i * step) for i in range(2 * tips)]


def smooth(points: Sequence[Point], steps: int = 10) -> list[Point]:
    """A closed Catmull-Rom curve through the points."""
    count = len(points)
    curve: list[Point] = []
    for i in range(count):
        before, start, end, after = (points[(i + k) % count] for k in (-1, 0, 1, 2))
        curve += [_between(before, start, end, after, s / steps) for s in range(steps)]
    return curve


def _between(before: Point, start: Point, end: Point, after: Point, t: float) -> Point:
    def one(a: float, b: float, c: float, d: float) -> float:
        return b + t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a))) / 2

    return one(before[0], start[0], end[0], after[0]), one(before[1], start[1], end[1], after[1])

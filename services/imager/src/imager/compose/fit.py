"""Where the lines of a headline break and how large each is: a small dynamic programme in closed form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from imager.compose.pieces import Set

MAX_LINES = 3
MAX_RATIO = 1.35
"""Of the largest line to the smallest, so that they read as one headline."""
LONG_WORD = 14
LONG_WORD_RATIO = 2.4
STROKE = 0.06
"""The outline's width, in em; it counts as ink."""
NARROW = 0.33
"""A line shorter than this share of the longest looks lost."""
GAP = 0.13
"""Between the ink of two lines, in em of the smaller one; outlines may touch, letters never do."""
MAX_LINE_HEIGHT = 0.36
"""Of the frame: one short word must not fill the picture."""


@dataclass(frozen=True, slots=True)
class Box:
    """A part of the frame, in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    def rounded(self) -> list[int]:
        return [round(edge) for edge in (self.left, self.top, self.right, self.bottom)]


@dataclass(frozen=True, slots=True)
class Line:
    """Atoms first..last-1 at `size` pixels. The ink's edges are in em, from the origin of the line."""

    items: tuple[Set, ...]
    left: float
    right: float
    top: float
    bottom: float
    size: float = 1.0

    @property
    def ink_width(self) -> float:
        return self.right - self.left + 2 * STROKE

    @property
    def ink_height(self) -> float:
        return self.bottom - self.top


@dataclass(frozen=True, slots=True)
class Fitted:
    """Lines with their sizes. score: how large it reads, with ragged lines counted against it."""

    lines: tuple[Line, ...]
    score: float


def fit(items: Sequence[Set], box: Box, frame_height: float) -> Fitted:
    """The best-reading division into at most three lines that stays inside the box."""
    counts = range(1, min(MAX_LINES, len(items)) + 1)
    return max((_sized(_broken(items, count), box, frame_height) for count in counts), key=lambda fitted: fitted.score)


def height(lines: Sequence[Line]) -> float:
    """Of the whole block, in pixels, outlines included."""
    inner = sum(line.ink_height * line.size for line in lines)
    gaps = sum(gap_between(upper, lower) for upper, lower in pairwise(lines))
    return inner + gaps + STROKE * (lines[0].size + lines[-1].size)


def gap_between(upper: Line, lower: Line) -> float:
    return GAP * min(upper.size, lower.size)


def _broken(items: Sequence[Set], count: int) -> list[Line]:
    """`count` lines of least variance in width: least squares, since their sum is the same for every division."""
    best: dict[int, tuple[float, tuple[int, ...]]] = {0: (0.0, (0,))}  # atoms set so far -> (cost, line ends)
    for number in range(1, count + 1):
        stops = [len(items)] if number == count else range(number, len(items) - (count - number) + 1)
        best = {stop: min(_extended(items, best, stop)) for stop in stops}
    return [_line(tuple(items[start:stop])) for start, stop in pairwise(best[len(items)][1])]


def _extended(
    items: Sequence[Set], best: dict[int, tuple[float, tuple[int, ...]]], stop: int
) -> Iterator[tuple[float, tuple[int, ...]]]:
    for start, (cost, ends) in best.items():
        if start < stop:
            yield cost + _width(items[start:stop]) ** 2, (*ends, stop)


def _width(items: Sequence[Set]) -> float:
    return sum(item.space + sum(piece.advance for piece in item.pieces) for item in items) - items[0].space


def _line(items: tuple[Set, ...]) -> Line:
    pieces = [piece for item in items for piece in item.pieces]
    width = _width(items)
    return Line(
        items,
        left=pieces[0].left,
        right=width - pieces[-1].advance + pieces[-1].right,
        top=min(piece.top for piece in pieces),
        bottom=max(piece.bottom for piece in pieces),
    )


def _sized(lines: Sequence[Line], box: Box, frame_height: float) -> Fitted:
    ratio = LONG_WORD_RATIO if any(_is_one_long_word(line) for line in lines) else MAX_RATIO
    tallest = MAX_LINE_HEIGHT * frame_height
    widest = [min(box.width / line.ink_width, tallest / line.ink_height) for line in lines]
    sizes = [min(size, ratio * min(widest)) for size in widest]
    sized = [replace(line, size=size) for line, size in zip(lines, sizes, strict=True)]
    scale = min(1.0, box.height / height(sized))
    sized = [replace(line, size=line.size * scale) for line in sized]
    block = max(line.ink_width * line.size for line in sized)
    filled = [line.ink_width * line.size / block for line in sized]
    ragged = 0.55 + 0.45 * sum(filled) / len(filled) - (0.2 if min(filled) < NARROW else 0)
    return Fitted(tuple(sized), min(line.size for line in sized) * ragged)


def _is_one_long_word(line: Line) -> bool:
    return len(line.items) == 1 and len(line.items[0].atom.text) >= LONG_WORD

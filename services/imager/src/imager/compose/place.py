"""Which typeface, where in the frame, and in which order: the headline as pieces at their pixels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from imager.compose import fonts
from imager.compose.fit import STROKE, Box, Fitted, Line, fit, gap_between, height
from imager.compose.fonts import Face
from imager.compose.pieces import Piece, Set, direction, typeset
from imager.compose.words import Atom
from imager.decoding.background import HEIGHT

# The duration badge covers the lower right corner: wide boxes end above it, tall ones left of it. A box that reaches
# into the focal point's half has to read better by the share that its weight takes away.
LEFT_BOXES = ((Box(56, 52, 692, 668), 1.0), (Box(56, 52, 800, 444), 0.78))
RIGHT_BOXES = ((Box(572, 52, 1203, 444), 1.0), (Box(480, 52, 1203, 444), 0.78))
BANNER = (Box(56, 52, 1203, 440), 1.0)
"""For what is too long to be read in half of the frame."""

OPTICAL_CENTRE = 0.47

WIDE_CAPITALS = 84
"""The height of capitals, in pixels, from which the wide face reads better than the condensed one."""
LEGIBLE = 84
"""The size in pixels under which a headline leaves its half and takes the frame's whole width."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A piece with its origin on the baseline, in pixels. word: the index of its atom in the headline."""

    piece: Piece
    x: float
    y: float
    size: int
    word: int


@dataclass(frozen=True, slots=True)
class Placement:
    """The headline in the frame. box: the ink's edges in pixels, outlines included."""

    items: tuple[Set, ...]
    lines: tuple[Line, ...]
    placed: tuple[Placed, ...]
    line_boxes: tuple[Box, ...]
    box: Box
    rtl: bool
    left_out: frozenset[str]


def place(atoms: Sequence[Atom], layout: str) -> Placement:
    """The headline as large as it may be in its half of the frame. Raises HeadlineError."""
    rtl = direction(" ".join(atom.text for atom in atoms)) is True
    boxes = RIGHT_BOXES if rtl or layout == "right" else LEFT_BOXES
    items, left_out = typeset(atoms, fonts.wide())
    box, fitted = _best(items, boxes)
    if _capitals(fitted) < WIDE_CAPITALS:
        items, left_out = typeset(atoms, fonts.condensed())
        box, fitted = _best(items, boxes)
    if _smallest(fitted) < LEGIBLE:
        box, fitted = _best(items, (*boxes, BANNER))
    return _placement(items, fitted, box, rtl=rtl, right=boxes is RIGHT_BOXES, left_out=left_out)


def _best(items: Sequence[Set], boxes: Iterable[tuple[Box, float]]) -> tuple[Box, Fitted]:
    fits = [(fit(items, box, HEIGHT), box, weight) for box, weight in boxes]
    fitted, box, _ = max(fits, key=lambda fit: fit[0].score * fit[2])
    return box, fitted


def _smallest(fitted: Fitted) -> float:
    return min(line.size for line in fitted.lines)


def _capitals(fitted: Fitted) -> float:
    return min(-line.top * line.size for line in fitted.lines)


def _placement(
    items: tuple[Set, ...], fitted: Fitted, box: Box, *, rtl: bool, right: bool, left_out: frozenset[str]
) -> Placement:
    lines = fitted.lines
    widths = [line.ink_width * line.size for line in lines]
    block = max(widths)
    left = box.right - block if right else box.left
    top = _block_top(box, height(lines)) + STROKE * lines[0].size
    placed: list[Placed] = []
    line_boxes: list[Box] = []
    for number, line in enumerate(lines):
        start = left + block - widths[number] if rtl else left
        line_boxes.append(Box(start, top, start + widths[number], top + line.ink_height * line.size))
        placed += _place_line(
            line, start + (STROKE - line.left) * line.size, top - line.top * line.size, items, rtl=rtl
        )
        following = lines[number + 1 : number + 2]
        top += line.ink_height * line.size + sum(gap_between(line, lower) for lower in following)
    return Placement(items, lines, tuple(placed), tuple(line_boxes), _union(line_boxes), rtl, left_out)


def _block_top(box: Box, block: float) -> float:
    """As near to the optical centre of the frame as the box lets it."""
    return min(max(OPTICAL_CENTRE * HEIGHT - block / 2, box.top), box.bottom - block)


def _place_line(line: Line, x: float, baseline: float, items: Sequence[Set], *, rtl: bool) -> Iterable[Placed]:
    size = int(line.size)
    ordered = visual_order(line.items, rtl=rtl)
    for position, item in enumerate(ordered):
        if position:
            x += max(ordered[position - 1], item, key=line.items.index).space * size
        pieces = reversed(item.pieces) if item.strong else item.pieces
        for piece in pieces:
            yield Placed(piece, x, baseline, size, items.index(item))
            x += piece.advance * size


def visual_order(items: Sequence[Set], *, rtl: bool) -> list[Set]:
    """From left to right as drawn: words against the headline's direction keep their own order in their group."""
    directions: list[bool] = []
    for item in items:
        before = directions[-1] if directions else rtl
        directions.append(before if item.strong is None else item.strong)
    paired = list(zip(items, directions, strict=True))
    groups = [[item for item, _ in group] for _, group in groupby(paired, key=lambda pair: pair[1])]
    flags = [flag for flag, _ in groupby(directions)]
    runs = [group[::-1] if flag else group for group, flag in zip(groups, flags, strict=True)]
    return [item for run in (reversed(runs) if rtl else runs) for item in run]


def _union(boxes: Sequence[Box]) -> Box:
    return Box(
        min(box.left for box in boxes),
        min(box.top for box in boxes),
        max(box.right for box in boxes),
        max(box.bottom for box in boxes),
    )


def main_face(placement: Placement) -> Face:
    """The face that sets most of the headline."""
    faces = [item.piece.face for item in placement.placed if not item.piece.face.emoji]
    return max(faces, key=faces.count) if faces else placement.placed[0].piece.face

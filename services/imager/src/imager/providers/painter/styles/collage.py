"""Cut papers laid over one another, the motif on top as a sticker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from imager.providers.painter.masks import HEIGHT, WIDTH, Patch, blurred, cut
from imager.providers.painter.pen import Pen, Point, around
from imager.providers.painter.scene import FOCUS, Look, Scene

_LEFT = 620


@dataclass(frozen=True, slots=True)
class _Paper:
    sheet: Patch
    shade: Patch


def collage(scene: Scene) -> None:
    """A large sheet, a disc, a strip; each throws a short shadow."""
    palette = scene.palette
    ground = palette.deep if scene.mood == "dark" else palette.pale
    scene.wash(ground)
    sheet, circle, strip = _papers(scene.dice.pick((0, 1)))
    main = palette.on(ground, palette.ground, palette.second)
    other = palette.on(main, palette.second, palette.ground, palette.accent)
    band = palette.on(ground, palette.accent)
    for paper, colour in ((sheet, main), (circle, other), (strip, band)):
        scene.fill(paper.shade, palette.ink, move=(6, 9), strength=0.42)
        scene.fill(paper.sheet, colour)
    scene.fill(_dots(), palette.ink, strength=0.8)
    body = palette.accent
    scene.hero(Look(body, palette.on(body, other, main), palette.paper, 18, (8, 14, 10), 0.5), size=410)


@lru_cache(maxsize=2)
def _papers(variant: int) -> tuple[_Paper, _Paper, _Paper]:
    """Sheet, circle and strip, leaning one way or the other."""
    turn = -1 if variant else 1
    sheet = [(-150, -420), (340, -420), (340, 420), (-150 - 90 * turn, 420)]
    strip = [(-262, 250 + 34 * turn), (360, 196 - 34 * turn), (366, 262 - 34 * turn), (-250, 316 + 34 * turn)]
    return _paper(sheet), _paper(around(-6, 6, 268)), _paper(strip)


def _paper(points: Sequence[Point]) -> _Paper:
    pen = _pen()
    pen.poly(points)
    mask = pen.mask()
    return _Paper(cut(mask, (_LEFT, 0)), cut(blurred(mask, 9), (_LEFT, 0)))


@lru_cache(maxsize=1)
def _dots() -> Patch:
    """A few printed dots on the shoulder that the badge leaves free."""
    pen = _pen()
    for row in range(4):
        for column in range(6 - row):
            pen.disc(-250 + 30 * column, -336 + 30 * row, 7)
    return cut(pen.mask(), (_LEFT, 0))


def _pen() -> Pen:
    return Pen(WIDTH - _LEFT, HEIGHT, origin=(FOCUS[0] - _LEFT, FOCUS[1]))

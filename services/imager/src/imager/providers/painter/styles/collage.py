"""Cut papers laid over one another, the motif on top as a sticker."""

from __future__ import annotations

from functools import lru_cache

from PIL import Image

from imager.providers.painter.masks import HEIGHT, WIDTH, blurred
from imager.providers.painter.pen import Pen, Point, around
from imager.providers.painter.scene import FOCUS, Look, Scene

_LEFT = 580


def collage(scene: Scene) -> None:
    """A large sheet, a half disc, a strip; each throws a short shadow."""
    palette = scene.palette
    ground = palette.deep if scene.mood == "dark" else palette.pale
    scene.wash(ground)
    sheet, circle, strip = _papers(scene.dice.pick((0, 1)))
    main = palette.on(ground, palette.ground, palette.second)
    other = palette.on(main, palette.second, palette.ground, palette.accent)
    band = palette.on(other, palette.accent, palette.paper)
    for (mask, shade), colour in ((sheet, main), (circle, other), (strip, band)):
        scene.fill(shade, palette.ink, (_LEFT + 6, 9), 0.42)
        scene.fill(mask, colour, (_LEFT, 0))
    scene.fill(_dots(), palette.ink, (_LEFT, 0), 0.8)
    body = palette.accent
    scene.hero(Look(body, palette.on(body, other, main), palette.paper, 18, (8, 14, 10), 0.5), size=410)


@lru_cache(maxsize=2)
def _papers(variant: int) -> tuple[tuple[Image.Image, Image.Image], ...]:
    """Sheet, circle and strip, leaning one way or the other."""
    across = -1 if variant else 1
    sheet = [(-150, -420), (340, -420), (340, 420), (-150 - 90 * across, 420)]
    circle = around(-6, 6, 268)
    strip = [(-262, 250 + 34 * across), (360, 196 - 34 * across), (366, 262 - 34 * across), (-250, 316 + 34 * across)]
    return _cut(sheet), _cut(circle), _cut(strip)


def _cut(points: list[Point]) -> tuple[Image.Image, Image.Image]:
    """A paper's mask and its shadow."""
    pen = _pen()
    pen.poly(points)
    mask = pen.mask()
    return mask, blurred(mask, 9)


@lru_cache(maxsize=1)
def _dots() -> Image.Image:
    """A few printed dots on the shoulder that the badge leaves free."""
    pen = _pen()
    for row in range(4):
        for column in range(6 - row):
            pen.disc(-250 + 30 * column, -336 + 30 * row, 7)
    return pen.mask()


def _pen() -> Pen:
    return Pen(WIDTH - _LEFT, HEIGHT, origin=(FOCUS[0] - _LEFT, FOCUS[1]))

"""Motifs of the kitchen. Each draws its silhouette with `body` and its inner lines with `detail`, within -1..1."""

from __future__ import annotations

from imager.providers.painter.pen import Pen, polar


def loaf(body: Pen, detail: Pen) -> None:
    """A round bread with three slashes."""
    body.blob(
        [
            (-0.94, 0.26),
            (-0.76, -0.3),
            (-0.3, -0.58),
            (0.3, -0.58),
            (0.76, -0.3),
            (0.94, 0.26),
            (0.6, 0.58),
            (-0.6, 0.58),
        ]
    )
    for x in (-0.42, 0.02, 0.46):
        detail.blob([(x - 0.2, 0.16), (x - 0.06, -0.18), (x + 0.16, -0.34), (x + 0.1, -0.06)])


def wheat(body: Pen, detail: Pen) -> None:
    """An ear of grain."""
    body.line([(0, -0.3), (0, 0.98)], 0.09)
    for row, y in enumerate((-0.5, -0.18, 0.14, 0.46)):
        for side in (-1, 1):
            body.blob(
                [(0.03 * side, y + 0.2), (0.12 * side, y - 0.12), (0.44 * side, y - 0.3), (0.36 * side, y + 0.06)]
            )
            detail.line([(0.12 * side, y + 0.06), (0.32 * side, y - 0.16)], 0.035 + 0.003 * row)
    body.blob([(0, -0.98), (0.17, -0.72), (0, -0.46), (-0.17, -0.72)])


def whisk(body: Pen, detail: Pen) -> None:
    """A whisk, handle down."""
    for width in (0.14, 0.36, 0.56):
        body.blob([(0, -0.96), (width, -0.55), (width * 0.7, -0.08), (0, 0.2), (-width * 0.7, -0.08), (-width, -0.55)])
        inner = width - 0.075
        hole = [(0, -0.88), (inner, -0.55), (inner * 0.7, -0.1), (0, 0.12), (-inner * 0.7, -0.1), (-inner, -0.55)]
        body.blob(hole, on=width < 0.2)
    for width in (0.13, 0.33):
        rim = [(0, -0.94), (width, -0.55), (width * 0.7, -0.08), (0, 0.18), (-width * 0.7, -0.08), (-width, -0.55)]
        body.line([*rim, rim[0]], 0.055)
    body.box(-0.12, 0.12, 0.12, 0.98, 0.1)
    detail.box(-0.12, 0.22, 0.12, 0.32)


def pan(body: Pen, detail: Pen) -> None:
    """A frying pan from above, with an egg."""
    body.line([(0.3, 0.3), (0.9, 0.9)], 0.2)
    body.disc(-0.2, -0.2, 0.72)
    detail.blob([(-0.62, -0.2), (-0.42, -0.58), (-0.02, -0.54), (0.26, -0.26), (0.12, 0.16), (-0.3, 0.2)])
    detail.disc(-0.16, -0.2, 0.17, on=False)


def pot(body: Pen, detail: Pen) -> None:
    """A cooking pot with its lid and steam."""
    body.box(-0.7, -0.05, 0.7, 0.8, 0.2)
    for side in (-1, 1):
        body.line([(0.66 * side, 0.2), (0.94 * side, 0.2)], 0.16)
    body.blob([(-0.76, -0.14), (-0.4, -0.38), (0.4, -0.38), (0.76, -0.14)])
    body.disc(0, -0.42, 0.11)
    detail.box(-0.78, -0.12, 0.78, -0.03, 0.04)
    for x in (-0.32, 0.0, 0.32):
        body.line([(x, -0.62), (x + 0.07, -0.74), (x - 0.05, -0.86), (x + 0.02, -0.98)], 0.07)


def hat(body: Pen, detail: Pen) -> None:
    """A chef's hat."""
    for x, y, r in ((-0.5, -0.28, 0.38), (0.5, -0.28, 0.38), (0, -0.46, 0.46)):
        body.disc(x, y, r)
    body.poly([(-0.6, -0.1), (0.6, -0.1), (0.52, 0.8), (-0.52, 0.8)])
    detail.box(-0.56, 0.46, 0.56, 0.56)
    for x in (-0.24, 0.06, 0.36):
        detail.line([(x - 0.06, 0.02), (x - 0.06, 0.3)], 0.06)


def cake(body: Pen, detail: Pen) -> None:
    """A cupcake with a cherry."""
    body.poly([(-0.58, 0.1), (0.58, 0.1), (0.4, 0.92), (-0.4, 0.92)])
    for y, half in ((0.04, 0.72), (-0.24, 0.54), (-0.5, 0.34)):
        body.box(-half, y - 0.2, half, y + 0.18, 0.19)
    body.disc(0, -0.78, 0.18)
    for x in (-0.3, 0.0, 0.3):
        detail.line([(x, 0.36), (x * 0.76, 0.82)], 0.07)
    for x, y in ((-0.36, 0.02), (0.1, 0.06), (0.44, -0.02), (-0.12, -0.24), (0.26, -0.26), (-0.02, -0.5)):
        detail.disc(x, y, 0.06)


def pizza(body: Pen, detail: Pen) -> None:
    """A slice of pizza."""
    body.poly([(-0.74, -0.52), (0.74, -0.52), (0, 0.98)])
    body.box(-0.86, -0.82, 0.86, -0.46, 0.18)
    for x, y, r in ((-0.3, -0.18, 0.15), (0.26, -0.06, 0.16), (-0.04, 0.36, 0.13)):
        detail.disc(x, y, r)
    detail.line([(-0.7, -0.42), (0.7, -0.42)], 0.05)


def cup(body: Pen, detail: Pen) -> None:
    """A steaming cup on its saucer."""
    body.ring(0.52, 0.1, 0.25, 0.13)
    body.box(-0.66, -0.22, 0.5, 0.2, 0.05)
    body.blob([(-0.66, 0.0), (0.5, 0.0), (0.44, 0.38), (0.14, 0.6), (-0.3, 0.6), (-0.6, 0.38)])
    body.box(-0.86, 0.7, 0.72, 0.84, 0.07)
    detail.box(-0.54, -0.13, 0.38, -0.04, 0.04)
    for x in (-0.36, -0.08, 0.2):
        body.line([(x, -0.42), (x + 0.09, -0.56), (x - 0.05, -0.74), (x + 0.04, -0.9)], 0.085)


def apple(body: Pen, detail: Pen) -> None:
    """An apple with a leaf."""
    body.blob([(0, -0.42), (0.42, -0.54), (0.78, -0.2), (0.68, 0.4), (0.3, 0.88), (0, 0.8), (-0.3, 0.88),
               (-0.68, 0.4), (-0.78, -0.2), (-0.42, -0.54)])  # fmt: skip
    body.line([(0, -0.44), (0.06, -0.72)], 0.08)
    body.blob([(0.06, -0.62), (0.22, -0.92), (0.58, -0.96), (0.4, -0.66)])
    detail.blob([(-0.56, 0.06), (-0.54, -0.24), (-0.3, -0.38), (-0.4, -0.14)])


def burger(body: Pen, detail: Pen) -> None:
    """A burger in its layers."""
    body.blob([(-0.82, -0.16), (-0.66, -0.58), (-0.24, -0.78), (0.24, -0.78), (0.66, -0.58), (0.82, -0.16)])
    body.box(-0.84, -0.3, 0.84, -0.08, 0.08)
    body.box(-0.9, -0.02, 0.9, 0.3, 0.15)
    body.box(-0.82, 0.36, 0.82, 0.74, 0.18)
    detail.box(-0.9, 0.06, 0.9, 0.22, 0.08)
    for x, y in ((-0.42, -0.44), (-0.08, -0.58), (0.24, -0.42), (0.5, -0.5)):
        detail.oval(x, y, 0.07, 0.045)


def leafbowl(body: Pen, detail: Pen) -> None:
    """A bowl of greens."""
    for angle in (-150, -120, -90, -60, -30):
        x, y = polar(0, -0.02, 0.5, angle)
        body.oval(x, y, 0.24, 0.3)
        body.oval(x * 0.5, y * 0.5, 0.26, 0.3)
        detail.line([(x * 0.7, y * 0.6), (x * 1.1, y * 1.15)], 0.04)
    body.blob([(-0.92, 0.06), (0.92, 0.06), (0.72, 0.56), (0.34, 0.86), (-0.34, 0.86), (-0.72, 0.56)])
    body.box(-0.96, -0.04, 0.96, 0.14, 0.09)
    detail.box(-0.96, 0.2, 0.96, 0.27)
    detail.poly([(-1, 0.14), (1, 0.14), (1, 0.15), (-1, 0.15)], on=False)


FOOD = {m.__name__: m for m in (loaf, wheat, whisk, pan, pot, hat, cake, pizza, cup, apple, burger, leafbowl)}

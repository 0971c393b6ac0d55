"""Motifs of sport, the road and the home. Each draws its silhouette with `body` and its inner lines with `detail`."""

from __future__ import annotations

from imager.providers.painter.pen import Pen, polar


def dumbbell(body: Pen, detail: Pen) -> None:
    """A dumbbell."""
    body.box(-0.6, -0.1, 0.6, 0.1)
    for side in (-1, 1):
        for inner, outer, half in ((0.36, 0.62, 0.58), (0.6, 0.82, 0.42), (0.8, 0.98, 0.14)):
            body.box(min(inner * side, outer * side), -half, max(inner * side, outer * side), half, 0.07)
        detail.box(min(0.6 * side, 0.64 * side), -0.42, max(0.6 * side, 0.64 * side), 0.42)
        detail.box(min(0.43 * side, 0.5 * side), -0.4, max(0.43 * side, 0.5 * side), 0.1, 0.03)


def stopwatch(body: Pen, detail: Pen) -> None:
    """A stopwatch."""
    body.disc(0, 0.14, 0.78)
    body.box(-0.12, -0.84, 0.12, -0.56)
    body.box(-0.24, -0.96, 0.24, -0.8, 0.06)
    body.line([(0.56, -0.5), (0.66, -0.6)], 0.18)
    detail.disc(0, 0.14, 0.58)
    detail.line([(0, 0.14), (0, -0.24)], 0.11, on=False)
    detail.line([(0, 0.14), (0.24, 0.3)], 0.11, on=False)


def heart(body: Pen, detail: Pen) -> None:
    """A heart with a pulse through it."""
    body.blob([(0, -0.42), (0.34, -0.76), (0.78, -0.66), (0.94, -0.22), (0.64, 0.3), (0, 0.9), (-0.64, 0.3),
               (-0.94, -0.22), (-0.78, -0.66), (-0.34, -0.76)])  # fmt: skip
    pulse = [(-0.6, 0.02), (-0.26, 0.02), (-0.1, -0.28), (0.12, 0.34), (0.26, 0.02), (0.6, 0.02)]
    detail.line(pulse, 0.1)


def ball(body: Pen, detail: Pen) -> None:
    """A football."""
    body.disc(0, 0, 0.88)
    detail.poly([polar(0, 0, 0.3, a) for a in range(-90, 270, 72)])
    for angle in range(-90, 270, 72):
        detail.line([polar(0, 0, 0.26, angle), polar(0, 0, 0.6, angle)], 0.07)
        detail.poly([polar(0, 0, 0.86, angle - 17), polar(0, 0, 0.86, angle + 17), polar(0, 0, 0.58, angle)])


def wheel(body: Pen, detail: Pen) -> None:
    """A wheel with its tyre."""
    body.disc(0, 0, 0.92)
    detail.disc(0, 0, 0.64)
    for angle in range(-90, 270, 72):
        detail.line([polar(0, 0, 0.3, angle + 36), polar(0, 0, 0.5, angle + 36)], 0.16, on=False)
    detail.disc(0, 0, 0.12, on=False)


def car(body: Pen, detail: Pen) -> None:
    """A car from the side."""
    body.blob([(-0.62, 0.0), (-0.4, -0.42), (-0.16, -0.52), (0.24, -0.52), (0.44, -0.4), (0.7, 0.02), (0.0, 0.1)])
    body.box(-0.98, -0.08, 0.98, 0.4, 0.16)
    for x in (-0.54, 0.54):
        body.disc(x, 0.4, 0.27)
        detail.disc(x, 0.4, 0.15)
    detail.poly([(-0.42, -0.1), (-0.28, -0.36), (-0.02, -0.38), (-0.02, -0.1)])
    detail.poly([(0.08, -0.1), (0.08, -0.38), (0.26, -0.36), (0.46, -0.1)])


def bike(body: Pen, detail: Pen) -> None:
    """A bicycle."""
    for x in (-0.56, 0.56):
        body.ring(x, 0.28, 0.38, 0.1)
    frame = [(-0.56, 0.28), (-0.22, -0.26), (0.34, -0.26), (0.0, 0.28), (-0.56, 0.28)]
    body.line(frame, 0.09)
    body.line([(-0.3, -0.42), (0.0, 0.28)], 0.09)
    body.line([(0.56, 0.28), (0.3, -0.5), (0.5, -0.56)], 0.09)
    body.line([(-0.44, -0.44), (-0.16, -0.44)], 0.11)
    detail.disc(0.0, 0.28, 0.07)


def house(body: Pen, detail: Pen) -> None:
    """A house."""
    body.poly([(0, -0.9), (0.98, -0.02), (-0.98, -0.02)])
    body.box(0.46, -0.84, 0.68, -0.2)
    body.box(-0.72, -0.1, 0.72, 0.86, 0.05)
    detail.box(-0.16, 0.3, 0.2, 0.86, 0.04)
    for x in (-0.54, 0.36):
        detail.box(x, 0.12, x + 0.24, 0.4, 0.03)
    detail.disc(0, -0.4, 0.13)


def hammer(body: Pen, detail: Pen) -> None:
    """A hammer, raised."""
    body.line([(0.2, -0.3), (-0.7, 0.8)], 0.2)
    body.poly([(-0.36, -0.56), (-0.14, -0.82), (0.22, -0.74), (0.86, -0.2), (0.6, 0.12), (0.1, -0.3)])
    body.poly([(0.6, -0.16), (0.72, -0.3), (0.98, -0.06), (0.66, 0.32), (0.4, 0.1)])
    detail.line([(-0.4, 0.43), (-0.66, 0.75)], 0.09)
    detail.line([(0.72, -0.28), (0.46, 0.04)], 0.07)


def brush(body: Pen, detail: Pen) -> None:
    """A paint roller."""
    body.box(-0.86, -0.88, 0.62, -0.36, 0.12)
    body.line([(0.62, -0.62), (0.86, -0.62), (0.86, -0.08), (0.0, -0.08), (0.0, 0.2)], 0.11)
    body.box(-0.15, 0.16, 0.15, 0.94, 0.12)
    detail.box(-0.7, -0.72, 0.1, -0.62, 0.05)
    detail.box(-0.15, 0.3, 0.15, 0.38)


def shirt(body: Pen, detail: Pen) -> None:
    """A shirt."""
    body.poly([(-0.36, -0.8), (0.36, -0.8), (0.98, -0.34), (0.7, 0.1), (0.5, -0.04), (0.5, 0.86), (-0.5, 0.86),
               (-0.5, -0.04), (-0.7, 0.1), (-0.98, -0.34)])  # fmt: skip
    body.oval(0, -0.82, 0.24, 0.2, on=False)
    detail.arc(0, -0.84, 0.3, 20, 160, 0.07)
    for x in (-0.5, 0.44):
        detail.box(x, -0.06, x + 0.06, 0.3)


def lipstick(body: Pen, detail: Pen) -> None:
    """A lipstick."""
    body.box(-0.34, 0.2, 0.34, 0.94, 0.06)
    body.box(-0.26, -0.14, 0.26, 0.3)
    body.poly([(-0.2, -0.1), (-0.2, -0.62), (0.06, -0.94), (0.2, -0.78), (0.2, -0.1)])
    detail.box(-0.34, 0.22, 0.34, 0.3)
    detail.line([(-0.08, -0.52), (-0.08, -0.26)], 0.07)
    detail.line([(-0.16, 0.48), (-0.16, 0.74)], 0.08)


def key(body: Pen, detail: Pen) -> None:
    """A key."""
    body.ring(-0.44, -0.44, 0.34, 0.2)
    body.line([(-0.2, -0.2), (0.8, 0.8)], 0.18)
    body.line([(0.74, 0.74), (0.94, 0.54)], 0.16)
    body.line([(0.46, 0.46), (0.62, 0.3)], 0.16)
    detail.arc(-0.44, -0.44, 0.34, 150, 240, 0.07)


def gift(body: Pen, detail: Pen) -> None:
    """A present."""
    for side in (-1, 1):
        body.oval(0.3 * side, -0.62, 0.3, 0.2)
        body.oval(0.3 * side, -0.62, 0.16, 0.08, on=False)
    body.box(-0.92, -0.46, 0.92, -0.04, 0.07)
    body.box(-0.78, 0.0, 0.78, 0.9, 0.07)
    detail.box(-0.13, -0.46, 0.13, 0.9)
    detail.box(-0.78, -0.04, 0.78, 0.04)


THINGS = {
    m.__name__: m
    for m in (dumbbell, stopwatch, heart, ball, wheel, car, bike, house, hammer, brush, shirt, lipstick, key, gift)
}

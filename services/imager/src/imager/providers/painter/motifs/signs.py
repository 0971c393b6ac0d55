"""Motifs that say an idea: wrong, right, a question, a comparison. Silhouettes only, to be read when small."""

from __future__ import annotations

from imager.providers.painter.pen import Pen, polar, star


def cross(body: Pen, detail: Pen) -> None:
    """A cross: wrong."""
    body.line([(-0.6, -0.6), (0.6, 0.6)], 0.42)
    body.line([(-0.6, 0.6), (0.6, -0.6)], 0.42)
    detail.line([(-0.6, -0.6), (-0.34, -0.34)], 0.08)


def check(body: Pen, detail: Pen) -> None:
    """A tick: right."""
    body.line([(-0.68, 0.06), (-0.18, 0.54), (0.68, -0.5)], 0.38)
    detail.line([(-0.1, 0.5), (0.3, 0.02)], 0.07)


def question(body: Pen, detail: Pen) -> None:
    """A curve that asks."""
    body.arc(0, -0.4, 0.4, -180, 70, 0.32)
    body.line([(0.13, -0.03), (0.0, 0.16), (0, 0.32)], 0.32)
    body.disc(0, 0.78, 0.19)
    detail.arc(0, -0.4, 0.46, -160, -100, 0.07)


def swap(body: Pen, detail: Pen) -> None:
    """Two arrows past each other: this or that."""
    for side in (-1, 1):
        y = 0.4 * side
        body.line([(-0.66 * side, y), (0.3 * side, y)], 0.3)
        body.poly([(0.26 * side, y - 0.44), (0.96 * side, y), (0.26 * side, y + 0.44)])
        detail.line([(-0.6 * side, y), (0.1 * side, y)], 0.06)


def arrow(body: Pen, detail: Pen) -> None:
    """An arrow, rising."""
    body.line([(-0.64, 0.64), (0.3, -0.3)], 0.36)
    body.poly([(-0.1, -0.82), (0.86, -0.86), (0.82, 0.1)])
    detail.line([(-0.58, 0.58), (0.1, -0.1)], 0.07)


def spark(body: Pen, detail: Pen) -> None:
    """A star burst."""
    body.poly(star(0, 0, 12, 0.96, 0.7))
    detail.poly(star(0, 0.02, 5, 0.52, 0.22))


def target(body: Pen, detail: Pen) -> None:
    """A target."""
    body.disc(0, 0, 0.92)
    detail.ring(0, 0, 0.6, 0.2)
    detail.disc(0, 0, 0.22)


def flag(body: Pen, detail: Pen) -> None:
    """A flag at the end of the way."""
    body.line([(-0.6, -0.88), (-0.6, 0.92)], 0.15)
    body.blob(
        [
            (-0.56, -0.84),
            (-0.1, -0.92),
            (0.3, -0.74),
            (0.86, -0.78),
            (0.82, -0.04),
            (0.3, 0.02),
            (-0.1, -0.14),
            (-0.56, -0.06),
        ]
    )
    body.box(-0.86, 0.82, -0.34, 0.98, 0.08)
    detail.line([(-0.42, -0.46), (0.0, -0.54), (0.3, -0.4), (0.66, -0.42)], 0.08)


def clock(body: Pen, detail: Pen) -> None:
    """A clock's face."""
    body.disc(0, 0, 0.92)
    detail.disc(0, 0, 0.72)
    for angle in range(0, 360, 90):
        detail.line([polar(0, 0, 0.56, angle), polar(0, 0, 0.6, angle)], 0.09, on=False)
    detail.line([(0, 0), (0, -0.42)], 0.12, on=False)
    detail.line([(0, 0), (0.3, 0.18)], 0.12, on=False)


def bolt(body: Pen, detail: Pen) -> None:
    """A flash of lightning."""
    body.poly([(0.26, -0.98), (-0.62, 0.16), (-0.06, 0.16), (-0.26, 0.98), (0.62, -0.24), (0.06, -0.24)])
    detail.line([(0.1, -0.68), (-0.36, -0.06)], 0.06)


def warning(body: Pen, detail: Pen) -> None:
    """A warning triangle."""
    body.poly([(0, -0.72), (0.76, 0.6), (-0.76, 0.6)])
    body.line([(0, -0.7), (0.76, 0.6), (-0.76, 0.6), (0, -0.7)], 0.28)
    detail.line([(0, -0.36), (0, 0.16)], 0.18)
    detail.disc(0, 0.48, 0.11)


def eye(body: Pen, detail: Pen) -> None:
    """An eye: look closer."""
    body.blob([(-0.96, 0.0), (-0.5, -0.44), (0, -0.6), (0.5, -0.44), (0.96, 0.0), (0.5, 0.44), (0, 0.6), (-0.5, 0.44)])
    detail.disc(0, 0, 0.38)
    detail.disc(0.12, -0.12, 0.12, on=False)


def bubble(body: Pen, detail: Pen) -> None:
    """A speech bubble."""
    body.box(-0.92, -0.76, 0.92, 0.46, 0.34)
    body.poly([(-0.5, 0.3), (0.04, 0.4), (-0.56, 0.92)])
    for x in (-0.42, 0.0, 0.42):
        detail.disc(x, -0.15, 0.12)


SIGNS = {
    m.__name__: m for m in (cross, check, question, swap, arrow, spark, target, flag, clock, bolt, warning, eye, bubble)
}

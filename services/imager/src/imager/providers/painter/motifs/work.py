"""Motifs of money, science and learning. Each draws its silhouette with `body` and its inner lines with `detail`."""

from __future__ import annotations

from imager.providers.painter.pen import Pen, polar


def coin(body: Pen, detail: Pen) -> None:
    """A coin with a star."""
    body.disc(0, 0, 0.88)
    detail.ring(0, 0, 0.68, 0.08)
    detail.poly([polar(0, 0, 0.18 if i % 2 else 0.42, -90 + 36 * i) for i in range(10)])


def bars(body: Pen, detail: Pen) -> None:
    """Rising bars under an arrow."""
    for x, top in ((-0.86, 0.5), (-0.4, 0.26), (0.06, -0.02), (0.52, -0.34)):
        body.box(x, top, x + 0.34, 0.9, 0.06)
        detail.box(x, top + 0.13, x + 0.34, top + 0.19)
    body.line([(-0.86, 0.14), (-0.24, -0.22), (0.02, -0.16), (0.56, -0.74)], 0.12)
    body.poly([(0.34, -0.84), (0.84, -0.96), (0.76, -0.46)])


def wallet(body: Pen, detail: Pen) -> None:
    """A wallet with notes in it."""
    body.poly([(-0.62, -0.4), (0.5, -0.86), (0.72, -0.34)])
    body.box(-0.92, -0.48, 0.86, 0.72, 0.16)
    body.box(0.36, -0.1, 0.98, 0.32, 0.1)
    detail.box(0.4, -0.06, 0.98, 0.28, 0.08)
    detail.disc(0.6, 0.11, 0.09, on=False)
    detail.line([(-0.76, -0.32), (0.7, -0.32)], 0.05)


def gear(body: Pen, detail: Pen) -> None:
    """A cogwheel."""
    for angle in range(0, 360, 45):
        edge = [polar(*polar(0, 0, r, angle), w, angle + s) for r, w, s in
                ((0.6, 0.2, 90), (0.9, 0.13, 90), (0.9, 0.13, -90), (0.6, 0.2, -90))]  # fmt: skip
        body.poly(edge)
    body.disc(0, 0, 0.68)
    detail.disc(0, 0, 0.34)
    detail.disc(0, 0, 0.17, on=False)


def rocket(body: Pen, detail: Pen) -> None:
    """A rocket taking off."""
    for side in (-1, 1):
        body.poly([(0.24 * side, 0.06), (0.66 * side, 0.44), (0.6 * side, 0.74), (0.2 * side, 0.5)])
    body.blob([(0, -0.98), (0.26, -0.64), (0.36, -0.16), (0.28, 0.5), (-0.28, 0.5), (-0.36, -0.16), (-0.26, -0.64)])
    body.blob([(-0.18, 0.58), (0.18, 0.58), (0.12, 0.8), (0, 0.98), (-0.12, 0.8)])
    detail.disc(0, -0.26, 0.18)
    detail.box(-0.31, 0.24, 0.31, 0.33)


def flask(body: Pen, detail: Pen) -> None:
    """A chemist's flask."""
    body.box(-0.32, -0.94, 0.32, -0.78, 0.06)
    body.poly([(-0.22, -0.84), (0.22, -0.84), (0.22, -0.3), (0.74, 0.66), (-0.74, 0.66), (-0.22, -0.3)])
    body.box(-0.78, 0.5, 0.78, 0.9, 0.19)
    detail.poly([(-0.42, 0.2), (0.42, 0.2), (0.66, 0.64), (-0.66, 0.64)])
    detail.box(-0.66, 0.5, 0.66, 0.78, 0.14)
    for x, y, r in ((-0.16, 0.42, 0.09), (0.22, 0.58, 0.12)):
        detail.disc(x, y, r, on=False)


def atom(body: Pen, detail: Pen) -> None:
    """An atom's three orbits."""
    for turn in (0, 60, 120):
        orbit = [
            polar(0, 0, 0.92 * 0.38 / ((0.38**2 * _cos2(a) + _sin2(a)) ** 0.5), a + turn) for a in range(0, 361, 6)
        ]
        body.line(orbit, 0.085)
    body.disc(0, 0, 0.19)
    for angle in (0, 60, 300):
        body.disc(*polar(0, 0, 0.92, angle + 180), 0.1)
    detail.disc(-0.04, -0.04, 0.08)


def bulb(body: Pen, detail: Pen) -> None:
    """A light bulb."""
    body.disc(0, -0.28, 0.66)
    body.poly([(-0.5, 0.12), (0.5, 0.12), (0.28, 0.54), (-0.28, 0.54)])
    body.box(-0.3, 0.5, 0.3, 0.82, 0.1)
    body.box(-0.16, 0.78, 0.16, 0.96, 0.08)
    detail.line([(-0.22, -0.26), (-0.1, 0.02), (-0.1, 0.46)], 0.07)
    detail.line([(0.22, -0.26), (0.1, 0.02), (0.1, 0.46)], 0.07)
    detail.line([(-0.22, -0.26), (0, -0.14), (0.22, -0.26)], 0.07)
    detail.box(-0.3, 0.6, 0.3, 0.67)


def book(body: Pen, detail: Pen) -> None:
    """An open book."""
    for side in (-1, 1):
        body.blob(
            [(0, -0.5), (0.46 * side, -0.66), (0.96 * side, -0.56), (0.96 * side, 0.54), (0.46 * side, 0.46), (0, 0.64)]
        )
        for y in (-0.3, -0.02, 0.26):
            detail.line([(0.2 * side, y), (0.74 * side, y - 0.06)], 0.08)
    detail.box(-0.035, -0.52, 0.035, 0.66)


def pencil(body: Pen, detail: Pen) -> None:
    """A pencil, writing."""
    body.poly([(-0.9, 0.9), (-0.72, 0.34), (0.46, -0.84), (0.84, -0.46), (-0.34, 0.72)])
    body.line([(0.5, -0.8), (0.8, -0.5)], 0.14)
    detail.poly([(-0.72, 0.34), (-0.34, 0.72), (-0.68, 0.83), (-0.83, 0.68)])
    detail.line([(0.34, -0.66), (0.66, -0.34)], 0.08)
    body.line([(-0.1, 0.9), (0.7, 0.9)], 0.1)


def mortarboard(body: Pen, detail: Pen) -> None:
    """A graduate's cap."""
    body.poly([(-0.54, -0.1), (0.54, -0.1), (0.54, 0.42), (0.3, 0.58), (0, 0.64), (-0.3, 0.58), (-0.54, 0.42)])
    body.poly([(0, -0.66), (0.98, -0.2), (0, 0.26), (-0.98, -0.2)])
    body.line([(0.84, -0.16), (0.84, 0.36)], 0.08)
    body.disc(0.84, 0.44, 0.12)
    detail.line([(-0.56, 0.06), (0, 0.32), (0.56, 0.06)], 0.06)
    detail.line([(0, -0.2), (0.6, -0.12)], 0.06)


def _cos2(degrees: float) -> float:
    return polar(0, 0, 1, degrees)[0] ** 2


def _sin2(degrees: float) -> float:
    return polar(0, 0, 1, degrees)[1] ** 2


WORK = {m.__name__: m for m in (coin, bars, wallet, gear, rocket, flask, atom, bulb, book, pencil, mortarboard)}

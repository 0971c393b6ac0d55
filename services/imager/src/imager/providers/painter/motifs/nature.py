"""Motifs of nature, animals and travel. Each draws its silhouette with `body` and its inner lines with `detail`."""

from __future__ import annotations

from imager.providers.painter.pen import Pen, polar


def leaf(body: Pen, detail: Pen) -> None:
    """A leaf with its veins."""
    body.blob(
        [(-0.66, 0.62), (-0.72, 0.0), (-0.3, -0.6), (0.36, -0.86), (0.9, -0.9), (0.86, -0.3), (0.58, 0.36), (0.0, 0.74)]
    )
    body.line([(-0.5, 0.5), (-0.9, 0.94)], 0.11)
    detail.line([(-0.62, 0.64), (0.56, -0.56)], 0.07)
    for x, y in ((-0.2, 0.22), (0.14, -0.12)):
        detail.line([(x, y), (x + 0.02, y - 0.4)], 0.055)
        detail.line([(x, y), (x + 0.4, y - 0.02)], 0.055)


def sprout(body: Pen, detail: Pen) -> None:
    """A young plant in its pot."""
    body.poly([(-0.5, 0.3), (0.5, 0.3), (0.36, 0.94), (-0.36, 0.94)])
    body.box(-0.6, 0.16, 0.6, 0.38, 0.06)
    body.line([(0, 0.2), (0, -0.3)], 0.1)
    body.blob([(0, -0.16), (0.1, -0.6), (0.46, -0.88), (0.86, -0.86), (0.74, -0.42), (0.4, -0.14)])
    body.blob([(0, 0.02), (-0.16, -0.3), (-0.5, -0.5), (-0.84, -0.42), (-0.66, -0.08), (-0.34, 0.06)])
    detail.line([(0.1, -0.26), (0.56, -0.64)], 0.055)
    detail.line([(-0.1, -0.06), (-0.54, -0.28)], 0.055)
    detail.box(-0.52, 0.42, 0.52, 0.49)


def flower(body: Pen, detail: Pen) -> None:
    """A blossom of six petals."""
    for angle in range(-90, 270, 60):
        body.disc(*polar(0, 0, 0.58, angle), 0.36)
    body.disc(0, 0, 0.4)
    detail.disc(0, 0, 0.3)
    for angle in range(-90, 270, 60):
        detail.line([polar(0, 0, 0.48, angle), polar(0, 0, 0.66, angle)], 0.06)


def tree(body: Pen, detail: Pen) -> None:
    """A fir of three tiers."""
    body.box(-0.12, 0.6, 0.12, 0.98, 0.04)
    for y, half in ((-0.98, 0.42), (-0.56, 0.6), (-0.08, 0.76)):
        body.poly([(0, y), (half, y + 0.78), (-half, y + 0.78)])
    for y, half in ((-0.2, 0.3), (0.22, 0.42)):
        detail.poly([(-half, y), (half, y), (0, y + 0.1)])


def flame(body: Pen, detail: Pen) -> None:
    """A flame with its core."""
    body.blob([(0.02, -0.98), (0.34, -0.5), (0.66, -0.06), (0.68, 0.5), (0.36, 0.92), (-0.2, 0.96), (-0.62, 0.62),
               (-0.66, 0.1), (-0.4, -0.26), (-0.2, -0.1), (-0.14, -0.54)])  # fmt: skip
    detail.blob([(0.06, 0.0), (0.3, 0.36), (0.28, 0.7), (0.02, 0.88), (-0.26, 0.72), (-0.28, 0.44), (-0.06, 0.36)])


def drop(body: Pen, detail: Pen) -> None:
    """A drop with its gleam."""
    body.poly([(0, -0.98), (0.53, 0.06), (-0.53, 0.06)])
    body.disc(0, 0.34, 0.6)
    detail.arc(0, 0.34, 0.38, 95, 175, 0.11)


def wave(body: Pen, detail: Pen) -> None:
    """A breaking wave."""
    body.disc(0.06, -0.02, 0.78)
    body.disc(0.38, -0.04, 0.5, on=False)
    body.poly([(0.3, -0.46), (0.98, -0.5), (0.98, 0.3), (0.3, 0.3)], on=False)
    body.disc(0.3, -0.56, 0.14)
    body.box(-0.98, 0.44, 0.98, 0.84, 0.2)
    detail.arc(0.2, 0.0, 0.66, 130, 235, 0.08)
    detail.line([(-0.7, 0.64), (0.6, 0.64)], 0.07)


def sun(body: Pen, detail: Pen) -> None:
    """A sun with its rays."""
    body.disc(0, 0, 0.5)
    for angle in range(0, 360, 45):
        body.line([polar(0, 0, 0.7, angle), polar(0, 0, 0.9, angle)], 0.14)
    detail.arc(0, 0, 0.34, 190, 260, 0.09)


def moon(body: Pen, detail: Pen) -> None:
    """A crescent with two craters."""
    body.disc(-0.02, 0, 0.92)
    body.disc(0.4, -0.22, 0.7, on=False)
    detail.disc(-0.58, 0.1, 0.12)
    detail.disc(-0.28, 0.56, 0.09)


def snowflake(body: Pen, detail: Pen) -> None:
    """A snowflake of six arms."""
    for angle in range(30, 390, 60):
        body.line([(0, 0), polar(0, 0, 0.9, angle)], 0.14)
        fork = polar(0, 0, 0.52, angle)
        for side in (-50, 50):
            body.line([fork, polar(*fork, 0.3, angle + side)], 0.12)
    detail.disc(0, 0, 0.13)


def mountain(body: Pen, detail: Pen) -> None:
    """Two peaks with snow."""
    body.poly([(-0.98, 0.72), (-0.24, -0.78), (0.24, 0.1), (0.46, -0.24), (0.98, 0.72)])
    detail.poly([(-0.24, -0.78), (-0.52, -0.2), (-0.34, -0.3), (-0.24, -0.14), (-0.1, -0.32), (0.06, -0.22)])
    detail.poly([(0.46, -0.24), (0.3, 0.06), (0.42, 0.0), (0.5, 0.1), (0.66, 0.12)])


def plane(body: Pen, detail: Pen) -> None:
    """A plane from above, climbing."""
    body.line([(-0.66, 0.66), (0.62, -0.62)], 0.22)
    body.disc(0.68, -0.68, 0.13)
    body.poly([(0.26, -0.42), (0.42, -0.24), (0.5, 0.72), (0.36, 0.84), (0.0, 0.2)])
    body.poly([(0.42, -0.24), (0.24, -0.42), (-0.72, -0.5), (-0.84, -0.36), (-0.2, 0.0)])
    body.poly([(-0.62, 0.5), (-0.86, 0.36), (-0.96, 0.46), (-0.46, 0.96), (-0.36, 0.86), (-0.5, 0.62)])
    detail.line([(-0.4, 0.4), (0.5, -0.5)], 0.05)


def globe(body: Pen, detail: Pen) -> None:
    """A globe with its lines."""
    body.disc(0, 0, 0.88)
    for across in (0.78, 0.36):
        detail.oval(0, 0, across, 0.8)
        detail.oval(0, 0, across - 0.07, 0.74, on=False)
    detail.box(-0.035, -0.8, 0.035, 0.8)
    for y, half in ((-0.38, 0.7), (0, 0.8), (0.38, 0.7)):
        detail.box(-half, y - 0.035, half, y + 0.035)


def suitcase(body: Pen, detail: Pen) -> None:
    """A suitcase."""
    body.box(-0.34, -0.74, 0.34, -0.3, 0.14)
    body.box(-0.2, -0.6, 0.2, -0.2, 0.06, on=False)
    body.box(-0.88, -0.44, 0.88, 0.76, 0.16)
    for x in (-0.56, 0.44):
        detail.box(x, -0.44, x + 0.12, 0.76)


def pin(body: Pen, detail: Pen) -> None:
    """A pin on a map."""
    body.disc(0, -0.34, 0.6)
    body.poly([(-0.54, -0.08), (0.54, -0.08), (0, 0.9)])
    detail.disc(0, -0.34, 0.25)


def paw(body: Pen, detail: Pen) -> None:
    """A paw's print."""
    body.blob(
        [(0, -0.06), (0.4, 0.16), (0.62, 0.56), (0.4, 0.84), (0, 0.72), (-0.4, 0.84), (-0.62, 0.56), (-0.4, 0.16)]
    )
    for x, y in ((-0.7, -0.1), (-0.28, -0.56), (0.28, -0.56), (0.7, -0.1)):
        body.oval(x, y, 0.21, 0.28)
    detail.arc(0, 0.56, 0.26, 200, 270, 0.08)


def cat(body: Pen, detail: Pen) -> None:
    """A cat's face."""
    body.disc(0, 0.14, 0.78)
    for side in (-1, 1):
        body.poly([(0.1 * side, -0.5), (0.74 * side, -0.94), (0.76 * side, 0.1)])
        detail.oval(0.32 * side, 0.04, 0.1, 0.15)
        detail.line([(0.34 * side, 0.4), (0.7 * side, 0.32)], 0.05)
        detail.line([(0.34 * side, 0.5), (0.7 * side, 0.56)], 0.05)
    detail.poly([(-0.12, 0.28), (0.12, 0.28), (0, 0.42)])
    detail.line([(0, 0.4), (0, 0.56)], 0.05)


def fish(body: Pen, detail: Pen) -> None:
    """A fish."""
    body.blob(
        [(-0.94, 0.0), (-0.6, -0.4), (-0.1, -0.52), (0.34, -0.3), (0.56, 0.0), (0.34, 0.3), (-0.1, 0.52), (-0.6, 0.4)]
    )
    body.blob([(0.42, 0.0), (0.74, -0.46), (0.98, -0.5), (0.86, 0.0), (0.98, 0.5), (0.74, 0.46)])
    detail.disc(-0.58, -0.1, 0.1)
    for x in (-0.16, 0.12):
        detail.arc(x - 0.18, 0, 0.26, -50, 50, 0.07)


def planet(body: Pen, detail: Pen) -> None:
    """A planet with its ring."""
    body.oval(0, 0, 0.99, 0.3)
    body.oval(0, -0.02, 0.8, 0.17, on=False)
    body.disc(0, 0, 0.58)
    detail.oval(0, 0.02, 0.82, 0.2)
    detail.poly([(-1, -1), (1, -1), (1, 0.02), (-1, 0.02)], on=False)
    detail.oval(0, -0.06, 0.84, 0.17, on=False)
    detail.disc(-0.18, -0.28, 0.1)


NATURE = {
    m.__name__: m
    for m in (
        leaf, sprout, flower, tree, flame, drop, wave, sun, moon, snowflake, mountain, plane, globe, suitcase, pin, paw,
        cat, fish, planet,
    )
}  # fmt: skip

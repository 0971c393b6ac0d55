"""Motifs of screens, sound and games. Each draws its silhouette with `body` and its inner lines with `detail`."""

from __future__ import annotations

from imager.providers.painter.pen import Pen, polar


def laptop(body: Pen, detail: Pen) -> None:
    """An open laptop with a line of code on it."""
    body.box(-0.74, -0.66, 0.74, 0.42, 0.1)
    body.poly([(-0.8, 0.48), (0.8, 0.48), (0.98, 0.68), (-0.98, 0.68)])
    detail.box(-0.62, -0.54, 0.62, 0.3, 0.04)
    detail.line([(-0.3, -0.32), (-0.46, -0.12), (-0.3, 0.08)], 0.09, on=False)
    detail.line([(0.3, -0.32), (0.46, -0.12), (0.3, 0.08)], 0.09, on=False)
    detail.line([(0.09, -0.36), (-0.09, 0.12)], 0.09, on=False)


def phone(body: Pen, detail: Pen) -> None:
    """A phone with tiles on its screen."""
    body.box(-0.5, -0.96, 0.5, 0.96, 0.16)
    detail.box(-0.4, -0.78, 0.4, 0.74, 0.05)
    for x in (-0.28, 0.04):
        for y in (-0.64, -0.32):
            detail.box(x, y, x + 0.24, y + 0.24, 0.06, on=False)
    detail.box(-0.28, 0.06, 0.28, 0.54, 0.08, on=False)
    detail.disc(0, 0.85, 0.05)


def camera(body: Pen, detail: Pen) -> None:
    """A photo camera."""
    body.box(-0.94, -0.46, 0.94, 0.68, 0.16)
    body.poly([(-0.36, -0.4), (-0.24, -0.7), (0.3, -0.7), (0.42, -0.4)])
    body.box(-0.8, -0.58, -0.5, -0.4, 0.05)
    detail.disc(0.03, 0.12, 0.46)
    detail.disc(0.03, 0.12, 0.34, on=False)
    detail.disc(0.03, 0.12, 0.24)
    detail.disc(-0.06, 0.04, 0.07, on=False)
    detail.disc(0.72, -0.24, 0.09)


def play(body: Pen, detail: Pen) -> None:
    """A play button."""
    body.box(-0.96, -0.68, 0.96, 0.68, 0.3)
    detail.blob([(-0.26, -0.36), (-0.2, -0.36), (0.38, -0.04), (0.38, 0.04), (-0.2, 0.36), (-0.26, 0.36), (-0.28, 0)])


def clapper(body: Pen, detail: Pen) -> None:
    """A film clapper, open."""
    body.box(-0.86, -0.14, 0.86, 0.84, 0.1)
    body.poly([(-0.88, -0.36), (0.74, -0.94), (0.84, -0.68), (-0.8, -0.1)])
    body.box(-0.86, -0.2, 0.86, 0.1)
    for x in (-0.72, -0.22, 0.28):
        detail.poly([(x, -0.1), (x + 0.24, -0.1), (x + 0.38, 0.12), (x + 0.14, 0.12)])
        y = -0.358 * x - 0.58
        detail.poly([(x, y - 0.06), (x + 0.24, y - 0.15), (x + 0.42, y + 0.09), (x + 0.18, y + 0.18)])


def mic(body: Pen, detail: Pen) -> None:
    """A studio microphone."""
    body.box(-0.32, -0.96, 0.32, 0.26, 0.32)
    body.arc(0, -0.02, 0.54, 0, 180, 0.11)
    body.line([(0, 0.52), (0, 0.88)], 0.11)
    body.line([(-0.34, 0.9), (0.34, 0.9)], 0.13)
    for y in (-0.62, -0.4, -0.18):
        detail.line([(-0.16, y), (0.16, y)], 0.07)


def note(body: Pen, detail: Pen) -> None:
    """Two joined quavers."""
    for x, y in ((-0.5, 0.62), (0.48, 0.44)):
        body.oval(x, y, 0.32, 0.25)
        body.line([(x + 0.25, y), (x + 0.25, y - 1.18)], 0.13)
    body.poly([(-0.31, -0.66), (0.79, -0.86), (0.79, -0.48), (-0.31, -0.28)])
    detail.poly([(-0.19, -0.38), (0.67, -0.54), (0.67, -0.42), (-0.19, -0.26)])


def headphones(body: Pen, detail: Pen) -> None:
    """Headphones."""
    body.arc(0, 0.1, 0.76, 180, 360, 0.17)
    for side in (-1, 1):
        body.line([(0.76 * side, 0.1), (0.76 * side, 0.3)], 0.17)
        body.box(min(0.42 * side, 0.84 * side), 0.08, max(0.42 * side, 0.84 * side), 0.86, 0.18)
        detail.box(min(0.4 * side, 0.52 * side), 0.2, max(0.4 * side, 0.52 * side), 0.74, 0.05)


def guitar(body: Pen, detail: Pen) -> None:
    """A guitar, leaning."""
    body.line([(0.1, -0.1), (0.72, -0.72)], 0.15)
    body.line([(0.68, -0.68), (0.88, -0.88)], 0.25)
    body.disc(-0.36, 0.4, 0.54)
    body.disc(0.06, -0.02, 0.38)
    detail.disc(-0.16, 0.18, 0.19)
    detail.line([(-0.62, 0.44), (-0.42, 0.66)], 0.1)
    detail.line([(0.06, -0.06), (0.62, -0.62)], 0.035)


def gamepad(body: Pen, detail: Pen) -> None:
    """A game controller."""
    body.blob([(-0.5, -0.5), (0.0, -0.42), (0.5, -0.5), (0.86, -0.2), (0.98, 0.42), (0.8, 0.66), (0.5, 0.4),
               (0.26, 0.24), (-0.26, 0.24), (-0.5, 0.4), (-0.8, 0.66), (-0.98, 0.42), (-0.86, -0.2)])  # fmt: skip
    detail.line([(-0.62, -0.12), (-0.28, -0.12)], 0.13)
    detail.line([(-0.45, -0.29), (-0.45, 0.05)], 0.13)
    for angle in (0, 90, 180, 270):
        detail.disc(*polar(0.45, -0.12, 0.17, angle), 0.085)


def trophy(body: Pen, detail: Pen) -> None:
    """A winner's cup."""
    for side in (-1, 1):
        body.ring(0.56 * side, -0.46, 0.28, 0.12)
    body.blob([(-0.58, -0.9), (0.58, -0.9), (0.52, -0.3), (0.26, 0.14), (-0.26, 0.14), (-0.52, -0.3)])
    body.box(-0.6, -0.94, 0.6, -0.74, 0.06)
    body.poly([(-0.12, 0.05), (0.12, 0.05), (0.2, 0.6), (-0.2, 0.6)])
    body.box(-0.48, 0.56, 0.48, 0.92, 0.08)
    detail.line([(-0.3, -0.56), (-0.24, -0.26), (-0.12, -0.06)], 0.1)
    detail.box(-0.3, 0.7, 0.3, 0.78)


def robot(body: Pen, detail: Pen) -> None:
    """A friendly robot's head."""
    body.line([(0, -0.6), (0, -0.84)], 0.1)
    body.disc(0, -0.86, 0.13)
    body.box(-0.72, -0.58, 0.72, 0.7, 0.26)
    for side in (-1, 1):
        body.line([(0.84 * side, -0.1), (0.84 * side, 0.22)], 0.17)
        detail.disc(0.3 * side, -0.06, 0.17)
        detail.disc(0.34 * side, -0.1, 0.06, on=False)
    detail.line([(-0.28, 0.38), (0.28, 0.38)], 0.12)


def chip(body: Pen, detail: Pen) -> None:
    """A computer chip."""
    for at in (-0.36, 0.0, 0.36):
        body.line([(at, -0.86), (at, 0.86)], 0.14)
        body.line([(-0.86, at), (0.86, at)], 0.14)
    body.box(-0.64, -0.64, 0.64, 0.64, 0.12)
    detail.box(-0.36, -0.36, 0.36, 0.36, 0.06)
    detail.box(-0.2, -0.2, 0.2, 0.2, 0.04, on=False)


MEDIA = {
    m.__name__: m
    for m in (laptop, phone, camera, play, clapper, mic, note, headphones, guitar, gamepad, trophy, robot, chip)
}

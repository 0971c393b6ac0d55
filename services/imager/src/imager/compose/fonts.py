"""Which typefaces there are, which letters each one has, and how it is opened.

Typefaces come from installed packages, so every machine sets the same headline alike. Debian's Noto files are used
where present for scripts that no package covers.
"""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

import fontpkg
from fontTools.ttLib import TTFont
from PIL import ImageFont, features

FONT_FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))
EMOJI_SIZE = 109
"""Noto Color Emoji holds bitmaps of this one size."""


@dataclass(frozen=True, slots=True)
class Face:
    """One cut of a typeface. axes: the variable font's coordinates, in the file's order."""

    family: str
    path: str
    axes: tuple[float, ...] = ()
    emoji: bool = False


def shapes_scripts() -> bool:
    """Whether letters are joined, reordered and set right to left: Pillow needs the system's FriBiDi for that."""
    return bool(features.check_feature("raqm"))


@lru_cache(maxsize=256)
def letters(face: Face) -> frozenset[int]:
    """The code points a face has a glyph for."""
    with TTFont(face.path, fontNumber=0, lazy=True) as file:
        return frozenset(file.getBestCmap())


_opened = threading.local()


def open_face(face: Face, size: int) -> ImageFont.FreeTypeFont:
    """The face at `size` pixels, for this thread alone: FreeType's faces must not be shared between threads."""
    cache: dict[tuple[Face, int], ImageFont.FreeTypeFont] = _opened.__dict__.setdefault("fonts", {})
    font = cache.get((face, size))
    if font is None:
        font = ImageFont.truetype(face.path, size)
        if face.axes:
            font.set_variation_by_axes(list(face.axes))
        if len(cache) >= 64:
            cache.pop(next(iter(cache)))
        cache[face, size] = font
    return font


def _packaged(family: str, *axes: float) -> Face:
    return Face(family, str(fontpkg.path(family, nearest=True)), axes)


@lru_cache(maxsize=2)
def _reach(width: float) -> tuple[Face, ...]:
    """The faces behind the display face, in the order of preference; `width` for those that have the axis."""
    cjk = files("noto_cjk_sans_jp_bold") / "NotoSansCJKjp-Bold.otf"
    return (
        _packaged("Noto Sans Arabic", 900, max(width, 75)),
        _packaged("Noto Sans Devanagari", 900, max(width, 75)),
        _packaged("Noto Sans Thai", 900, max(width, 75)),
        _packaged("Noto Sans", 900, width),
        _packaged("Rubik", 900),
        Face("Noto Sans CJK JP", str(cjk)),
    )


@lru_cache(maxsize=1)
def wide() -> tuple[Face, ...]:
    """The stack for short headlines."""
    return (_packaged("Montserrat", 900), *_reach(100))


@lru_cache(maxsize=1)
def condensed() -> tuple[Face, ...]:
    """The stack for long headlines."""
    return (_packaged("Anton"), *_reach(62.5))


@lru_cache(maxsize=1)
def _system_files() -> dict[str, str]:
    found = (path for folder in FONT_FOLDERS for path in folder.rglob("*.tt[fc]"))
    return {path.name: str(path) for path in sorted(found)}


def _system_names(letter: str) -> Iterator[str]:
    script = unicodedata.name(letter, "").split(" ")[0].title()
    yield from (f"NotoSans{script}-Black.ttf", f"NotoSans{script}-Bold.ttf", f"NotoSans{script}-Regular.ttf")
    yield from ("DejaVuSans-Bold.ttf", "NotoSansSymbols-Black.ttf", "NotoSansSymbols2-Regular.ttf")


@lru_cache(maxsize=4096)
def system_faces(letter: str) -> tuple[Face, ...]:
    """Faces of this machine that have the letter."""
    present = (name for name in _system_names(letter) if name in _system_files())
    faces = (Face(name.partition("-")[0], _system_files()[name]) for name in present)
    return tuple(face for face in faces if ord(letter) in letters(face))


@lru_cache(maxsize=1)
def emoji_face() -> Face | None:
    path = _system_files().get("NotoColorEmoji.ttf")
    return Face("Noto Color Emoji", path, emoji=True) if path else None

"""Atoms cut into pieces of one face each, measured in em."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from imager.compose import fonts
from imager.compose.errors import HeadlineError
from imager.compose.fonts import Face
from imager.compose.words import Atom, emoji_split

MEASURED_AT = 200
FIRST_PICTURE = "\U0001f000"
EMOJI_EM = 1.05
"""An emoji's height, in em of the letters beside it."""
_SHAPED = """
    ARABIC HEBREW SYRIAC THAANA NKO DEVANAGARI BENGALI GURMUKHI GUJARATI ORIYA TAMIL TELUGU KANNADA MALAYALAM
    SINHALA KHMER MYANMAR TIBETAN MONGOLIAN
"""
SHAPED = frozenset(_SHAPED.split())
"""Scripts, by the first word of their letters' names, that come out wrong without Raqm."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Text of one face. advance and the ink's edges from its origin on the baseline (y grows downwards), in em."""

    text: str
    face: Face
    rtl: bool
    advance: float
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Set:
    """An atom ready to be placed. strong: True right to left, False left to right, None without direction."""

    atom: Atom
    pieces: tuple[Piece, ...]
    strong: bool | None
    space: float


def typeset(atoms: Sequence[Atom], stack: Sequence[Face]) -> tuple[tuple[Set, ...], frozenset[str]]:
    """The atoms in faces of the stack, and the symbols left out. Raises HeadlineError."""
    _refuse_unshaped(atoms)
    stack = _whole_first(atoms, stack)
    left_out: set[str] = set()
    placed = (_typeset_atom(atom, stack, left_out) for atom in atoms)
    kept = tuple(item for item in placed if item.pieces)
    if not kept:
        raise HeadlineError("No typeface has any of its characters." if left_out else "It has no visible character.")
    return kept, frozenset(left_out)


def direction(text: str) -> bool | None:
    """True where the text runs right to left, False left to right, None where it has no letters."""
    kinds = [unicodedata.bidirectional(letter) for letter in text]
    rtl, ltr = sum(kind in ("R", "AL") for kind in kinds), kinds.count("L")
    return None if not rtl and not ltr else rtl > ltr


def _refuse_unshaped(atoms: Sequence[Atom]) -> None:
    if fonts.shapes_scripts():
        return
    scripts = {unicodedata.name(letter, "").split(" ")[0] for atom in atoms for letter in atom.text}
    if scripts & SHAPED:
        raise HeadlineError(f"{min(scripts & SHAPED).title()} can't be set here: the library FriBiDi is not installed.")


def _whole_first(atoms: Sequence[Atom], stack: Sequence[Face]) -> Sequence[Face]:
    """One face for all words looks better than the best face for each of them."""
    needed = {ord(letter) for atom in atoms for letter in atom.text if letter.isalnum()}
    # The first that fits: reading the letters of all of them would open the largest font for every headline.
    whole = next((face for face in stack if needed <= fonts.letters(face)), None)
    return stack if whole is None else [whole, *(face for face in stack if face != whole)]


def _typeset_atom(atom: Atom, stack: Sequence[Face], left_out: set[str]) -> Set:
    pieces = [
        measure(text, face)
        for run, is_emoji in emoji_split(atom.text)
        for text, face in (_emoji_runs(run, stack, left_out) if is_emoji else _word_runs(run, stack, left_out))
    ]
    inked = [index for index, piece in enumerate(pieces) if piece.right > piece.left and piece.bottom > piece.top]
    pieces = pieces[inked[0] : inked[-1] + 1] if inked else []
    space = measure(" ", pieces[0].face).advance if pieces and not pieces[0].face.emoji else 0.28
    return Set(atom, tuple(pieces), direction(atom.text), space if atom.spaced else 0.0)


def _emoji_runs(cluster: str, stack: Sequence[Face], left_out: set[str]) -> Iterator[tuple[str, Face]]:
    """Symbols like arrows from a face of the stack, pictures in colour or not at all."""
    plain = cluster.rstrip("\ufe0f")
    lettered = _face_for(plain, stack) if len(plain) == 1 and plain < FIRST_PICTURE else None
    colour = fonts.emoji_face()
    if lettered and plain == cluster:
        yield plain, lettered
    elif colour and ord(cluster[0]) in fonts.letters(colour):
        yield cluster, colour
    elif lettered:
        yield plain, lettered
    else:
        left_out.add(cluster)


def _word_runs(run: str, stack: Sequence[Face], left_out: set[str]) -> Iterator[tuple[str, Face]]:
    """Each word in the first face that has all of it; a word that no single face has, in as few as possible."""
    for word in _with_spaces(run):
        rest = word
        while rest:
            length, face = _longest(rest, stack)
            if face is not None:
                yield rest[:length], face
            elif rest[0].isalnum():
                raise HeadlineError(f"No typeface here has the letter {rest[0]!r}.")
            else:
                left_out.add(rest[0])
            rest = rest[length:]


def _with_spaces(run: str) -> Iterator[str]:
    for index, word in enumerate(run.split(" ")):
        if index:
            yield " "
        if word:
            yield word


def _longest(text: str, stack: Sequence[Face]) -> tuple[int, Face | None]:
    """How much of the beginning one face can set, and the face; marks never leave their letter."""
    if face := _face_for(text, stack):
        return len(text), face
    for end in range(len(text) - 1, 0, -1):
        parts_a_mark = unicodedata.category(text[end]).startswith("M") or text[end] in "\u200c\u200d"
        if not parts_a_mark and (face := _face_for(text[:end], stack)):
            return end, face
    return 1, None


def _face_for(text: str, stack: Sequence[Face]) -> Face | None:
    needed = {ord(letter) for letter in text if letter not in "\u200c\u200d\ufe0e"}
    for face in stack:
        if needed <= fonts.letters(face):
            return face
    return next((face for face in fonts.system_faces(text[0]) if needed <= fonts.letters(face)), None)


def script_language(text: str) -> str | None:
    """The language tag that chooses a Han letter's regional form; None without Raqm, which reads it."""
    if not fonts.shapes_scripts():
        return None
    if any("\u3040" <= letter <= "\u30ff" for letter in text):
        return "ja"
    return "zh-Hans" if any("\u3400" <= letter <= "\u9fff" for letter in text) else None


@lru_cache(maxsize=4096)
def measure(text: str, face: Face) -> Piece:
    """Measured once at 200 px; every size follows by scaling."""
    if face.emoji:
        font = fonts.open_face(face, fonts.EMOJI_SIZE)
        width = EMOJI_EM * font.getlength(text) / font.getlength("\U0001f600")
        return Piece(text, face, False, width + 0.06, 0.03, -0.875, 0.03 + width, 0.175)
    font = fonts.open_face(face, MEASURED_AT)
    rtl = direction(text) is True
    left, top, right, bottom = font.getbbox(text, anchor="ls", direction=text_direction(rtl=rtl))
    edges = (edge / MEASURED_AT for edge in (left, top, right, bottom))
    return Piece(text, face, rtl, font.getlength(text, direction=text_direction(rtl=rtl)) / MEASURED_AT, *edges)


def text_direction(*, rtl: bool) -> str | None:
    """Pillow's argument; None without Raqm, which is the only one to know directions."""
    if not fonts.shapes_scripts():
        return None
    return "rtl" if rtl else "ltr"

"""Any headline: scripts, emoji, glue, capitals, and whatever 80 characters an edit may bring."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from fontTools.ttLib import TTFont
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import features

from imager.compose import HeadlineError, fonts
from imager.compose.place import place
from imager.compose.words import atoms
from tests.imager.test_compose_support import finish, thumbnail

SCRIPTS = {
    "English": "Never buy bread again",
    "German": "Straße der Größe",
    "French": "Où est passé l’été ?",
    "Polish": "Zażółć gęślą jaźń",
    "Turkish": "Çılgın ığdır İstanbul",
    "Vietnamese": "Bánh mì tại nhà cực dễ",
    "Russian": "Хлеб без дрожжей за 10 минут",
    "Ukrainian": "Їжа з ґанку",
    "Greek": "Ψωμί με προζύμι",
    "Arabic": "أسرع وصفة خبز في العالم",
    "Persian": "نان خانگی در ۱۰ دقیقه",
    "Hebrew": "לחם מחמצת ביתי",
    "Hindi": "घर पर रोटी कैसे बनाएं",
    "Thai": "ทำขนมปังเองที่บ้าน",
    "Japanese": "自宅で作る本格サワードウ",
    "Chinese": "如何在家做面包",
    "Traditional Chinese": "這麼簡單的麵包",
    "Korean": "집에서 만드는 빵",
    "mixed": "iPhone 15 أفضل هاتف Привет 日本",
    "money": "$1,000,000 €5 £3 ₹9 №1",
}


def lines(headline: str, layout: str = "left") -> list[str]:
    layer = thumbnail(headline, layout=layout).text_layer
    return [line["text"] for line in layer["lines"]]


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_letter_has_a_glyph_of_its_own(name: str):
    placed = place(atoms(SCRIPTS[name]), "left").placed
    assert placed
    for item in placed:
        with TTFont(item.piece.face.path, fontNumber=0, lazy=True) as file:
            cmap = file.getBestCmap()
        assert all(ord(letter) in cmap for letter in item.piece.text), item.piece
    assert "".join(item.piece.text for item in placed).replace(" ", "")


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_script_is_drawn_large_and_inside_the_frame(name: str):
    finished = finish("dark", SCRIPTS[name])
    rows, columns = (np.flatnonzero(finished.ink().any(axis=axis)) for axis in (1, 0))
    assert rows[0] > 20
    assert rows[-1] < 700
    assert columns[0] > 20
    assert columns[-1] < 1230
    assert min(line["size"] for line in finished.composed.text_layer["lines"]) >= 60


@pytest.mark.parametrize("headline", [SCRIPTS["Arabic"], SCRIPTS["Hebrew"], SCRIPTS["Persian"]])
def test_right_to_left_sits_right_and_ends_inside_its_box(headline: str):
    finished = finish("dark", headline, "left")
    rows, columns = (np.flatnonzero(finished.ink().any(axis=axis)) for axis in (1, 0))
    assert 0.90 * 1280 <= columns[-1] <= 0.945 * 1280
    assert rows[-1] <= 0.65 * 720
    assert finished.composed.text_layer["direction"] == "rtl"


@pytest.mark.parametrize("headline", [SCRIPTS["Arabic"], SCRIPTS["Hebrew"], SCRIPTS["Hindi"]])
def test_scripts_that_need_shaping_are_refused_without_it(monkeypatch: pytest.MonkeyPatch, headline: str):
    monkeypatch.setattr(features, "check_feature", lambda _: False)
    with pytest.raises(HeadlineError, match="FriBiDi") as refused:
        thumbnail(headline)
    assert refused.value.code == "headline_not_settable"


def test_latin_needs_no_shaping(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(features, "check_feature", lambda _: False)
    assert lines("Why I quit")


def test_latin_words_keep_their_order_inside_a_right_to_left_line():
    placed = place(atoms("أفضل هاتف iPhone 15 Pro"), "left").placed
    latin = [item for item in placed if item.piece.text in ("IPHONE", "15", "PRO")]
    rows = {item.y for item in latin}
    for row in rows:
        words = [item.piece.text for item in sorted(latin, key=lambda item: item.x) if item.y == row]
        assert words == [word for word in ("IPHONE", "15", "PRO") if word in words]


def test_a_right_to_left_line_starts_at_the_right_whatever_stands_in_it():
    placed = place(atoms("أفضل iPhone"), "left").placed
    by_row = sorted((item for item in placed if item.y == placed[0].y), key=lambda item: -item.x)
    assert by_row[0].piece.text == "أفضل"
    words = place(atoms("خبز iPhone في 15 العالم الجديد كله سهل"), "left").placed
    assert len({item.y for item in words}) <= 3
    for row in {item.y for item in words}:
        order = [item.word for item in sorted(words, key=lambda item: -item.x) if item.y == row]
        assert order == sorted(order)


@pytest.mark.usefixtures("only_packaged_fonts")
@pytest.mark.parametrize("headline", ["\U00012000 sign", "ꩀꩁ word"])
def test_a_letter_that_no_face_has_is_refused(headline: str):
    with pytest.raises(HeadlineError, match="headline_not_settable"):
        thumbnail(headline)


def test_a_glyph_that_freetype_gives_up_on_is_refused():
    with pytest.raises(HeadlineError, match="too intricate"):
        thumbnail("﷽")


@pytest.mark.parametrize("headline", ["\u200b\u200d", " \n\t ", "\x00\x01", "\u2800\u3164"])
def test_a_headline_without_ink_is_refused(headline: str):
    with pytest.raises(HeadlineError, match="headline_not_settable"):
        thumbnail(headline)


def test_emoji_without_a_colour_face_are_left_out_with_a_note(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(fonts, "emoji_face", lambda: None)
    composed = thumbnail("🔥 Hot bread 👨‍👩‍👧")
    assert [note.split(" ")[0] for note in composed.notes] == ["👨‍👩‍👧", "🔥"]
    assert composed.text_layer["lines"][0]["text"].endswith("HOT")
    with pytest.raises(HeadlineError, match="No typeface"):
        thumbnail("🔥🔥")


@pytest.mark.skipif(
    not any(Path("/usr/share/fonts").rglob("NotoColorEmoji.ttf")), reason="needs fonts-noto-color-emoji"
)
def test_emoji_are_drawn_in_colour():
    finished = finish("dark", "🔥 Hot")
    red, _, blue = np.moveaxis(finished.final - finished.clean, 2, 0)
    assert ((red > 120) & (blue < 60)).sum() > 2000
    assert not finished.composed.notes


@pytest.mark.parametrize(
    ("headline", "together"),
    [
        ("I lost exactly 10 kg in summer", "10 KG"),
        ("Save 50 % today only friends", "50 %"),
        ("It costs about $ 5 or so", "$ 5"),
        ("What happens next ? I know", "NEXT ?"),
        ("Only 1\u00a0000 people know this", "1 000"),
    ],
)
def test_what_belongs_together_stays_on_one_line(headline: str, together: str):
    assert any(together in atom.text for atom in atoms(headline))
    assert any(together in line for line in lines(headline))


def test_emoji_stay_with_a_word():
    assert [atom.text for atom in atoms("🔥 hot bread 🍞 now")] == ["🔥 HOT", "BREAD 🍞", "NOW"]


@pytest.mark.parametrize(
    ("headline", "expected"),
    [
        ("Straße", "STRAẞE"),
        ("iyi ığdır", "İYİ IĞDIR"),
        ("in it", "IN IT"),
        ("Ψωμί προϊόν", "ΨΩΜΙ ΠΡΟΪΟΝ"),
        ("ქართული", "ქართული"),
        ("ǆungla ﬁre", "ǄUNGLA FIRE"),
        ("รักแม่", "รักแม่"),
    ],
)
def test_capitals_follow_the_script(headline: str, expected: str):
    joined = "".join((" " if atom.spaced and number else "") + atom.text for number, atom in enumerate(atoms(headline)))
    assert joined == expected


def test_japanese_chinese_and_thai_break_between_words():
    assert [atom.text for atom in atoms("自宅で作る本格サワードウ")] == ["自宅で", "作る", "本格サワードウ"]
    assert [atom.text for atom in atoms("ทำขนมปังเอง")] == ["ทำ", "ขนมปัง", "เอง"]
    assert len(atoms("如何在家做面包")) > 1


LETTERS = st.one_of(
    st.sampled_from("".join(SCRIPTS.values()) + "🔥👩‍🚀🇩🇪👍🏽1️⃣★→…—\u0301\u0e31\u200d\ufe0f\u202e\u00ad\t\n"),
    st.characters(max_codepoint=0x2FFF),
    st.characters(),
)


@settings(max_examples=60, deadline=None)
@given(headline=st.text(LETTERS, min_size=1, max_size=80), layout=st.sampled_from(["left", "right"]))
def test_any_headline_is_set_inside_the_frame_or_refused(headline: str, layout: str):
    try:
        finished_box = thumbnail(headline, layout=layout).text_layer["box"]
    except HeadlineError:
        return
    left, top, right, bottom = finished_box
    assert 0 <= left < right <= 1280
    assert 0 <= top < bottom <= 720


@pytest.mark.parametrize(
    "headline", ["x" * 80, "W" * 30, "i", "?", "gjpqy " * 13, "I O U", "Ê̂̂̂̂̂" * 4, "ABC " * 20, "の" * 80]
)
@pytest.mark.parametrize("layout", ["left", "right"])
def test_extreme_headlines_leave_the_frames_edge_alone(headline: str, layout: str):
    finished = finish("dark", headline, layout)
    changed = abs(finished.final - finished.clean).max(axis=2) > 60
    changed[16:704, 16:1264] = False
    assert not changed.any()
    assert finished.ink().any()
    assert len(finished.composed.text_layer["lines"]) <= 3

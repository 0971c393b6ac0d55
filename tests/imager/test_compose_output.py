"""What comes out: the file, the text layer, and that the same input gives the same picture in any thread."""

from __future__ import annotations

import io
import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image

from tests.imager.test_compose_support import BACKGROUNDS, DARK, encoded, finish, pixels, png, thumbnail


def test_the_file_is_a_plain_srgb_jpeg_under_two_megabytes():
    noisy = thumbnail("Why I quit", png(BACKGROUNDS["white noise"]))
    image = Image.open(io.BytesIO(noisy.jpeg))
    assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (noisy.width, noisy.height))
    assert (noisy.width, noisy.height) == (1280, 720)
    assert len(noisy.jpeg) < 2_000_000
    assert "progressive" not in image.info


def test_no_metadata_of_the_background_survives():
    exif = Image.Exif()
    exif[0x010E] = "a secret place"
    picture = Image.open(io.BytesIO(DARK))
    tagged = encoded(picture, "JPEG", exif=exif, comment=b"a secret comment", dpi=(300, 300))
    composed = thumbnail("Hello", tagged)
    image = Image.open(io.BytesIO(composed.jpeg))
    assert not image.getexif()
    assert {"exif", "comment", "icc_profile", "xmp"}.isdisjoint(image.info)
    assert b"secret" not in composed.jpeg


def test_the_text_layer_is_json_and_makes_the_same_picture_with_another_text_possible():
    first = thumbnail("Why I quit", layout="right")
    layer = json.loads(json.dumps(first.text_layer))
    again = thumbnail(layer["text"], layout=layer["layout"], palette=layer["palette"])
    edited = thumbnail("Why I stay", layout=layer["layout"], palette=layer["palette"])
    assert again == first
    assert edited.text_layer["text"] == "Why I stay"
    assert edited.text_layer["colour"] == layer["colour"]


def test_the_box_holds_all_that_was_drawn():
    finished = finish("dark", "Why I quit", "right")
    left, top, right, bottom = finished.composed.text_layer["box"]
    changed = abs(finished.final - finished.clean).max(axis=2) > 40
    changed[max(0, top - 2) : bottom + 2, max(0, left - 2) : right + 2] = False
    assert not changed.any()


GOLDEN = {
    ("STOP", "left"): ("Montserrat", ["STOP"]),
    ("5 sourdough mistakes", "left"): ("Anton", ["5 SOURDOUGH", "MISTAKES"]),
    ("Never buy bread again", "left"): ("Anton", ["NEVER BUY", "BREAD", "AGAIN"]),
    ("Why I quit", "right"): ("Montserrat", ["WHY", "I QUIT"]),
    ("Donaudampfschifffahrt im Test", "left"): ("Anton", ["DONAUDAMPFSCHIFFFAHRT", "IM TEST"]),
}


@pytest.mark.parametrize(("headline", "layout"), GOLDEN)
def test_well_known_headlines_keep_their_layout(headline: str, layout: str):
    layer = thumbnail(headline, layout=layout).text_layer
    assert (layer["family"], [line["text"] for line in layer["lines"]]) == GOLDEN[headline, layout]


def test_threads_make_the_pictures_that_one_thread_makes():
    headlines = ["Why I quit", "Хлеб дома", "5 mistakes", "घर की रोटी", "パンを作る", "STOP"] * 3

    def make(headline: str) -> bytes:
        return thumbnail(headline).jpeg

    alone = [make(headline) for headline in headlines]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(make, headlines)) == alone


def test_an_accent_that_cannot_be_read_is_not_used():
    on_navy = thumbnail("Why I quit", palette=("#14213d", "#14213d", "#1a1a40"))
    assert on_navy.text_layer["highlight"] is None
    assert thumbnail("Why I quit").text_layer["highlight"] == "#ffb703"


def test_the_background_beside_the_headline_is_left_alone():
    finished = finish("light", "Why I quit")
    assert abs(pixels(finished.composed.jpeg)[:, 800:] - finished.clean[:, 800:]).mean() < 2

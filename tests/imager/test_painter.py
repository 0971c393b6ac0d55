"""The provider named `local`: what it returns, and how its pictures differ."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from common.db import Database
from common.errors import Transient
from imager.compose import open_background
from imager.providers.base import Background, Brief
from imager.providers.local import LocalPainter
from imager.providers.painter.palette import CURATED
from imager.providers.painter.styles import STYLES
from imager.providers.registry import PROVIDERS

BRIEF = Brief(
    seed="0199d1c2-5b1e-7c3a-9f00-000000000001",
    position=0,
    description='A picture for a video about "making sourdough bread": the finished result as one large hero object',
    mood="bold",
    palette=("#d01d21", "#86101f", "#fcde3d"),
    layout="left",
)
SEEDS = [f"0199d1c2-5b1e-7c3a-9f00-{i:012}" for i in range(6)]


async def paint(brief: Brief) -> Background:
    return await LocalPainter().paint(brief, timeout_s=30)


async def siblings(brief: Brief) -> list[Background]:
    return [await paint(replace(brief, position=p, seed=f"{brief.seed}/{p}")) for p in range(5)]


def small(background: Background) -> np.ndarray:
    picture = Image.open(BytesIO(background.data)).resize((168, 94), Image.Resampling.LANCZOS)
    return np.asarray(picture, dtype=np.float32)


def histogram(background: Background) -> np.ndarray:
    """Shares of 64 colours."""
    levels = (small(background) // 64).astype(int)
    counts = np.bincount((levels @ [16, 4, 1]).ravel(), minlength=64)
    return counts / counts.sum()


async def test_registry_offers_the_local_painter():
    unasked = Database("postgresql://nobody@127.0.0.1:1/none")
    background = await PROVIDERS["local"](unasked).provider.paint(BRIEF, timeout_s=30)
    assert background.provider == "local"


async def test_a_background_is_a_jpeg_of_1344_by_768_and_costs_nothing():
    background = await paint(BRIEF)
    picture = Image.open(BytesIO(background.data))
    assert (picture.format, picture.mode, picture.size) == ("JPEG", "RGB", (1344, 768))
    assert not picture.getexif()
    assert background.model in STYLES
    assert background.cost_microcents == 0
    assert len(background.data) < 600_000


async def test_the_composer_accepts_every_style():
    for seed in SEEDS:
        for background in await siblings(replace(BRIEF, seed=seed)):
            open_background(background.data)


async def test_the_same_brief_gives_the_same_bytes():
    first, again = [await siblings(BRIEF) for _ in range(2)]
    assert [b.data for b in first] == [b.data for b in again]


async def test_painting_at_the_same_time_changes_nothing():
    alone = await siblings(BRIEF)
    together = await asyncio.gather(*(siblings(BRIEF) for _ in range(3)))
    for backgrounds in together:
        assert [b.data for b in backgrounds] == [b.data for b in alone]


async def test_another_seed_gives_another_picture():
    pictures = {(await paint(replace(BRIEF, seed=seed))).data for seed in SEEDS}
    assert len(pictures) > 1


@pytest.mark.parametrize("mood", [*CURATED, "unheard of"])
async def test_siblings_never_share_a_style(mood):
    for seed in SEEDS:
        styles = [b.model for b in await siblings(replace(BRIEF, mood=mood, seed=seed))]
        assert len(set(styles)) == 5


async def test_all_styles_are_used():
    styles = {b.model for i in range(24) for b in await siblings(replace(BRIEF, seed=f"generation {i}"))}
    assert styles == set(STYLES)


async def test_siblings_differ_at_a_glance_even_with_one_palette():
    for seed in SEEDS[:3]:
        for one, other in itertools.combinations(await siblings(replace(BRIEF, seed=seed)), 2):
            assert np.abs(histogram(one) - histogram(other)).sum() / 2 > 0.2, (one.model, other.model)
            assert np.abs(small(one) - small(other)).mean() > 18, (one.model, other.model)


async def test_siblings_show_different_sides_of_their_topic():
    flat = replace(BRIEF, seed="one seed")
    first, second = [await paint(replace(flat, position=p)) for p in (0, 5)]
    assert first.model == second.model
    assert np.abs(small(first) - small(second)).mean() > 1


@pytest.mark.parametrize("timeout_s", [0, 0.000_01])
async def test_too_little_time_is_transient(timeout_s):
    with pytest.raises(Transient) as caught:
        await LocalPainter().paint(replace(BRIEF, seed="late"), timeout_s=timeout_s)
    assert caught.value.code == "painter_timeout"


async def test_the_event_loop_stays_free_while_painting():
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    counting = asyncio.create_task(count())
    await siblings(BRIEF)
    counting.cancel()
    assert turns > 50


@pytest.mark.parametrize(
    "palette",
    [
        (),
        ("",),
        ("red", "rgb(1,2,3)", "#12"),
        ("#808080",) * 3,
        ("#000000",) * 3,
        ("#ffffff",) * 3,
        ("#3a3a00", "#4a4a10", "#303000"),
        ("#ff0000", "#fe0101", "#fd0202"),
        ("#٠٠٠٠٠٠", "#\ud800aaaaa", "\x00"),
        ("#abc", "#123", "#fed", "#000", "#111111"),
    ],
)
async def test_no_palette_stops_the_painter_or_leaves_a_blank(palette):
    for background in await siblings(replace(BRIEF, palette=palette)):
        assert small(background).std() > 8, background.model


@pytest.mark.parametrize(
    "description",
    [
        "",
        " ",
        "\x00",
        "\ud800",
        '"',
        '""',
        "👩‍👩‍👧‍👦🔥",
        "酸种面包怎么做",
        "كيف تصنع الخبز",
        "рецепт хлеба",
        "١٢٣",
        "a" * 100_000,
        "cat " * 50_000,
    ],
)
async def test_no_description_stops_the_painter(description):
    for background in await siblings(replace(BRIEF, description=description)):
        assert small(background).std() > 8


@pytest.mark.parametrize(
    "odd", [{"seed": ""}, {"seed": "\ud800"}, {"position": 97}, {"mood": ""}, {"layout": ""}, {"layout": "middle"}]
)
async def test_odd_briefs_are_painted(odd):
    background = await paint(replace(BRIEF, **odd))
    assert Image.open(BytesIO(background.data)).size == (1344, 768)

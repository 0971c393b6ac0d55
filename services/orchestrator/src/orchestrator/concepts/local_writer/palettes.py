"""Curated colours: three palettes for each mood, as ground, second, accent.

Picked in OKLCH. Each mood owns a region of hue and lightness, so that the grounds of two moods always differ at a
glance (at least 0.12 in OKLab). Dark grounds stay away from hues 60..140, which turn to olive mud.
"""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.concepts.base import Mood

Palette = tuple[str, str, str]

PALETTES: Mapping[Mood, tuple[Palette, ...]] = {
    "bold": (
        ("#d01d21", "#86101f", "#fcde3d"),
        ("#d63907", "#5e1b13", "#f9efc9"),
        ("#c40733", "#2b235d", "#fdd343"),
    ),
    "calm": (
        ("#99c5df", "#4e8cbe", "#234993"),
        ("#a7d3e1", "#4d9ebc", "#c55123"),
        ("#9abae4", "#5777c1", "#fbefc2"),
    ),
    "dark": (
        ("#10132c", "#342972", "#f6c330"),
        ("#051223", "#01345e", "#14dfe0"),
        ("#1d102f", "#531e72", "#ff762c"),
    ),
    "playful": (
        ("#e63f9f", "#8c0888", "#f6ea4d"),
        ("#b744cf", "#6022a2", "#1aefe6"),
        ("#d858c2", "#5437c0", "#eef171"),
    ),
    "warm": (
        ("#f9ad26", "#e5690d", "#791824"),
        ("#f7be2b", "#ed7b06", "#392f78"),
        ("#fba02d", "#d64c29", "#fcf2cd"),
    ),
    "fresh": (
        ("#2dc08e", "#087970", "#f4f782"),
        ("#24c5ab", "#016f82", "#ffa659"),
        ("#43b966", "#027048", "#faed9e"),
    ),
}

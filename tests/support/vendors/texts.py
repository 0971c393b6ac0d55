"""What a text model writes: good concepts and titles for any topic."""

from __future__ import annotations

import json
from typing import Any

from tests.support.vendors.gemini import topic_of

CONCEPTS = [
    ("Day 1 vs Day 30", "Two loaves side by side on dark oak, one flat and pale, one tall and golden", "warm", "left"),
    ("I Was Wrong", "A baker with floury hands, a collapsed dough in a steel bowl, a cold lamp", "dark", "right"),
    ("3 Tiny Secrets", "A glass jar of bubbling starter in low sun, a wooden spoon across its rim", "fresh", "left"),
    ("Why So Sour?", "Macro view of an open crumb with large glossy holes, steam rising before black", "bold", "right"),
    ("Grandma Knew", "An old stone oven glowing in a farmhouse kitchen, herbs hang from the beams", "calm", "left"),
]  # fmt: skip

TITLES = [
    "The Sourdough Mistake Almost Every Beginner Makes",
    "How My First Loaf Became My Best Loaf",
    "Sourdough Without Stress: What Really Matters",
    "What Thirty Days of Baking Taught Me",
    "Is Your Starter Ready? Look For This Sign",
]


def concept(number: int) -> dict[str, Any]:
    headline, description, mood, layout = CONCEPTS[number % len(CONCEPTS)]
    palette = ["#1b1f3b", "#F4D35E", "#ee964b"]
    return {"headline": headline, "description": description, "mood": mood, "palette": palette, "layout": layout}


def document(count: int) -> dict[str, Any]:
    return {"concepts": [concept(number) for number in range(count)], "titles": list(TITLES)}


def good(body: dict[str, Any]) -> str:
    """For as many concepts as the request asks for."""
    return json.dumps(document(topic_of(body)["concepts"]))

"""What a picture shows, in one English sentence or two for whoever paints it."""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.concepts.base import Layout, Mood
from orchestrator.concepts.local_writer.language import Idea
from orchestrator.concepts.local_writer.topic import Topic

SCENES: Mapping[Idea, str] = {
    "result": "the finished result as one large hero object, lit from behind, at its very best",
    "mistake": "the moment it goes wrong, one telling detail in close-up with the damage plain to see",
    "number": "one object repeated in a tidy row, the first of them larger and lit apart from the others",
    "question": "one puzzling object half in shadow, so that the eye asks what it is",
    "contrast": "two versions side by side, a plain one and an outstanding one, with a hard edge between them",
    "secret": "something half revealed, a bright gap in a dark cover with the key detail glowing inside",
    "speed": "the main object in motion, with streaks behind it and a sharp front edge",
    "story": "one person seen from behind or in profile, small before the thing that it is all about",
}
LIGHT: Mapping[Mood, str] = {
    "bold": "hard light, saturated colour, strong contrast",
    "calm": "soft daylight, airy and quiet",
    "dark": "low-key light, deep shadows, one bright rim",
    "playful": "flat bright light, rounded shapes, cheerful colour",
    "warm": "golden late-afternoon light",
    "fresh": "clean morning light, crisp edges",
}


def describe(topic: Topic, idea: Idea, mood: Mood, layout: Layout) -> str:
    """`layout` names the half that stays calm; the focal object stands in the other one."""
    other = "right" if layout == "left" else "left"
    subject = f' about "{topic.subject}"' if topic.subject else ""
    return (
        f"A picture for a video{subject}: {SCENES[idea]}, as the single focal object in the {other} third; "
        f"the {layout} half stays calm and nearly empty; {LIGHT[mood]}; no letters, no digits, no logos."
    )

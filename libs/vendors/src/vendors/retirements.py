"""Models that their vendors end, as read on 2026-11-29. An id may be the beginning of several.

https://ai.google.dev/gemini-api/docs/deprecations and https://platform.openai.com/docs/deprecations
"""

from __future__ import annotations

from datetime import date, timedelta

ENDS = {
    "gemini-2.5-flash-image": date(2026, 10, 2),
    "imagen-": date(2026, 8, 31),
    "dall-e-": date(2026, 5, 12),
    "gpt-image-1-mini": date(2026, 12, 1),
    "gpt-image-1.5": date(2026, 12, 1),
    "gpt-image-1": date(2026, 10, 23),
}
"""The longest that fits counts."""

NEAR = timedelta(days=90)


def retirement(model: str, today: date) -> str | None:
    """What is to be said of a model whose end has come, or is near; None for all others."""
    known = max((start for start in ENDS if model.startswith(start)), key=len, default=None)
    if known is None or ENDS[known] - today > NEAR:
        return None
    return f"ended on {ENDS[known]}" if ENDS[known] <= today else f"ends on {ENDS[known]}"

"""All image providers by name: a new one is one file and one line here."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from common.db import Database
from imager.providers.chain import Chain, Link
from imager.providers.gemini import GeminiPainter
from imager.providers.local import LocalPainter
from imager.providers.openai import OpenAiPainter
from imager.providers.sdwebui import SdWebUiPainter
from imager.providers.stability import StabilityPainter

PROVIDERS: dict[str, Callable[[Database], Link]] = {
    "gemini": lambda db: Link.to(GeminiPainter, db),
    "openai": lambda db: Link.to(OpenAiPainter, db),
    "stability": lambda db: Link.to(StabilityPainter, db),
    "sdwebui": lambda db: Link.to(SdWebUiPainter, db),
    "local": lambda _db: Link("local", LocalPainter()),
}


def chained(names: Sequence[str], db: Database, *, after_refusal: bool) -> Chain:
    """In that order, each with its settings from the environment. Raises SettingsError."""
    return Chain([PROVIDERS[name](db) for name in names], after_refusal=after_refusal)

"""Each painter that asks a vendor, with the stand-in that it is tried against."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from imager.providers.base import Background, Brief
from imager.providers.gemini import GeminiImageSettings, GeminiPainter
from imager.providers.openai import OpenAiImageSettings, OpenAiPainter
from imager.providers.sdwebui import SdWebUiPainter, SdWebUiSettings
from imager.providers.stability import StabilityPainter, StabilitySettings
from imager.providers.vendor_painter import VendorPainter
from tests.support.providers import picture
from tests.support.vendors import gemini, openai, sdwebui, stability
from tests.support.vendors.server import StandIn, serving

PICTURE = picture((1376, 768))

BRIEF = Brief(
    seed="0192f0c1-2b7c-7c7c-8c7c-1b2b3c4d5e6f",
    position=0,
    description="A golden loaf on a dark board\nin morning light",
    mood="warm",
    palette=("#1b1f3b", "#f4d35e", "#ee964b"),
    layout="left",
)


@dataclass(frozen=True)
class Kind:
    stand_in: Callable[[bytes], StandIn]
    painter: type[VendorPainter[Any]]
    settings: Callable[..., Any]
    bad_key: dict[str, str]


KINDS = {
    "gemini": Kind(
        gemini.gemini_images,
        GeminiPainter,
        lambda **s: GeminiImageSettings(**{"api_key": gemini.KEY} | s),
        {"api_key": "x"},
    ),
    "openai": Kind(
        openai.openai_images,
        OpenAiPainter,
        lambda **s: OpenAiImageSettings(**{"api_key": openai.KEY} | s),
        {"api_key": "x"},
    ),
    "stability": Kind(
        stability.stability_images,
        StabilityPainter,
        lambda **s: StabilitySettings(**{"api_key": stability.KEY} | s),
        {"api_key": "x"},
    ),
    "sdwebui": Kind(sdwebui.sdwebui_images, SdWebUiPainter, lambda **s: SdWebUiSettings(**s), {}),
}

JSON_KINDS = ("gemini", "openai", "sdwebui")


@dataclass
class Painter:
    """One vendor's, and its stand-in."""

    name: str
    stand_in: StandIn
    painter: VendorPainter[Any]

    async def paint(self, brief: Brief = BRIEF) -> Background:
        return await self.painter.paint(brief, timeout_s=30)


@asynccontextmanager
async def painter_of(name: str, **settings: Any) -> AsyncIterator[Painter]:
    """Complaints of the stand-in are failures of the test."""
    kind = KINDS[name]
    async with serving(kind.stand_in(PICTURE)) as stand_in:
        painter = kind.painter(kind.settings(**{"base_url": stand_in.url} | settings))
        try:
            yield Painter(name, stand_in, painter)
        finally:
            await painter.aclose()
        assert stand_in.complaints == []

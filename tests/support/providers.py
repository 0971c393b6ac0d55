"""Image providers for tests: what a vendor may send, good and bad."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field

from PIL import Image

from imager.providers.base import Background, Brief
from imager.providers.chain import Chain, Link


@dataclass
class Scripted:
    """Answers each call with the next of `answers` (the last one for ever): bytes, or an error to raise."""

    answers: list[bytes | Exception]
    calls: list[Brief] = field(default_factory=list)
    timeouts_s: list[float] = field(default_factory=list)

    async def paint(self, brief: Brief, *, timeout_s: float) -> Background:
        answer = self.answers[min(len(self.calls), len(self.answers) - 1)]
        self.calls.append(brief)
        self.timeouts_s.append(timeout_s)
        if isinstance(answer, Exception):
            raise answer
        return Background(answer, provider="scripted", model="test", cost_microcents=4_000_000)

    async def check(self) -> None:
        pass

    async def aclose(self) -> None:
        pass


def alone(provider) -> Chain:
    """A chain of one provider, which is no vendor's."""
    return Chain([Link("alone", provider)])


def picture(size: tuple[int, int] = (1344, 768), form: str = "JPEG") -> bytes:
    """A good background: a gradient."""
    data = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert("RGB").save(data, form)
    return data.getvalue()


def blank() -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (1344, 768), "black").save(data, "PNG")
    return data.getvalue()


def huge() -> bytes:
    """A few kilobytes that would be 144 megapixels."""
    data = io.BytesIO()
    Image.new("1", (12_000, 12_000)).save(data, "PNG")
    return data.getvalue()


def slow(scans: int = 20_000) -> bytes:
    """A progressive JPEG of 20 megapixels whose last scan comes again and again: minutes of work in 800 kB."""
    data = io.BytesIO()
    Image.linear_gradient("L").resize((5936, 3339)).save(data, "JPEG", progressive=True, quality=30)
    start_of_scan, end_of_image = data.getvalue().rindex(b"\xff\xda"), len(data.getvalue()) - 2
    return data.getvalue()[:end_of_image] + data.getvalue()[start_of_scan:end_of_image] * scans + b"\xff\xd9"


HOSTILE: dict[str, Callable[[], bytes]] = {
    "truncated": lambda: picture()[:3_000],
    "not an image": lambda: b"<html>busy</html>",
    "empty": lambda: b"",
    "blank": blank,
    "huge": huge,
}

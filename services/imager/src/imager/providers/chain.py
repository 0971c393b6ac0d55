"""Providers in the order in which they are asked: the next one when the one before can't."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog

from common.db import Database
from common.errors import NotTried, Refused, Transient, WorkError
from common.settings import load
from imager.providers.base import Background, Brief, ImageProvider
from imager.providers.vendor_painter import VendorPainter
from vendors.errors import Paused
from vendors.settings import VendorSettings
from vendors.vendor import Vendor

log = structlog.get_logger()

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Painted:
    """tries: calls that it took, of all providers. ms: of the last one."""

    background: Background
    tries: int
    ms: int


Accept = Callable[[Painted], Awaitable[T]]
"""What is made of a picture. A Failed of its own says that the picture is of no use, and counts against who sent it."""


@dataclass(frozen=True, slots=True)
class Link:
    """A provider under the name it is configured by; vendor: None for one that asks nobody."""

    name: str
    provider: ImageProvider
    vendor: Vendor | None = None

    @classmethod
    def to(cls, painter: type[VendorPainter[Any]], db: Database) -> Link:
        """A vendor's, with its settings from the environment. Raises SettingsError."""
        settings: VendorSettings = load(painter.SETTINGS)
        return cls(painter.NAME, painter(settings), Vendor.of(f"image {painter.NAME}", settings, db))

    async def call(self, make: Callable[[], Awaitable[Painted]], accept: Accept[T], timeout_s: float) -> T:
        if self.vendor is None:
            return await accept(await make())
        return await self.vendor.call(make, accept, timeout_s=timeout_s)


class Chain:
    """`after_refusal`: whether the next one is asked, too, for what a safety system refused."""

    def __init__(self, links: Sequence[Link], *, after_refusal: bool = False) -> None:
        self._links = links
        self._after_refusal = after_refusal

    async def paint(self, brief: Brief, accept: Accept[T], *, timeout_s: float) -> T:
        """What `accept` makes of the first picture that is good enough for it.

        Raises NotTried when all may be asked later, at the earliest; else the last one's failure that may pass; else
        the last one's.
        """
        ends = time.monotonic() + timeout_s
        tries = 0
        failures: list[WorkError] = []
        for link in self._links:

            async def make(provider: ImageProvider = link.provider) -> Painted:
                nonlocal tries
                started, tries = time.monotonic(), tries + 1
                background = await provider.paint(brief, timeout_s=ends - started)
                return Painted(background, tries, round((time.monotonic() - started) * 1000))

            try:
                return await link.call(make, accept, ends - time.monotonic())
            except WorkError as error:
                if isinstance(error, Refused) and not self._after_refusal:
                    raise
                log.info("provider.passed_over", provider=link.name, code=error.code)
                failures.append(error)
        raise _all_in_all(failures)

    async def aclose(self) -> None:
        for link in self._links:
            await link.provider.aclose()


def _all_in_all(failures: Sequence[WorkError]) -> WorkError:
    later = [error for error in failures if isinstance(error, Transient)]
    failed = [error for error in later if not isinstance(error, NotTried | Paused)]
    if not later or failed:
        return (failed or failures)[-1]
    # Whoever is asked to wait has not failed: that costs time, and no attempt.
    soonest = min(later, key=lambda error: error.retry_after_s or 0)
    return NotTried(soonest.code, soonest.detail, retry_after_s=soonest.retry_after_s)

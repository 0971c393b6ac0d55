"""Opens pictures that nobody vouches for, in children that they may cost time, memory or life."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import TypeVar

import structlog
from PIL import Image

from imager.decoding.child import Child, ChildDied
from imager.decoding.errors import BackgroundError
from imager.decoding.limits import Limits

T = TypeVar("T")

log = structlog.get_logger()

START_S = 30.0
TRIES = 2
"""A child may die of something else than its picture."""


class Decoder:
    """A place for each core. A child is started by the first picture of its place, and after one that had to be killed.

    Threads wait for the children, since the event loop would spend as long on receiving the pixels as on decoding them.
    """

    def __init__(self, places: int | None = None, limits: Limits | None = None) -> None:
        self.places = places or os.cpu_count() or 1
        self._limits = limits or Limits()
        self._threads = ThreadPoolExecutor(self.places, thread_name_prefix="decoder")
        self._free: asyncio.Queue[Child | None] = asyncio.Queue()
        for _ in range(self.places):
            self._free.put_nowait(None)

    async def open(self, data: bytes) -> Image.Image:
        """The picture as `open_background` makes it. Raises BackgroundError.

        Any other error says nothing about the picture. Cancelled, it kills the child that is at it.
        """
        for _ in range(TRIES):
            with suppress(ChildDied):
                return await self._open(data)
        raise BackgroundError("background_undecodable", "The picture ends whatever decodes it.")

    async def _open(self, data: bytes) -> Image.Image:
        child = await self._free.get()
        if child is not None and child.has_ended():
            self._threads.submit(child.end)
            child = None
        reusable = False
        try:
            if child is None:
                child = Child(self._limits)
                await self._wait_for(child.await_ready, START_S)
            answer = await self._answer(child, data)
            reusable = True
        finally:  # also when cancelled: what it is at is nobody's business any more
            self._give_back(child, reusable=reusable)
        if isinstance(answer, BackgroundError):
            raise answer
        return answer

    async def _answer(self, child: Child, data: bytes) -> Image.Image | BackgroundError:
        try:
            return await self._wait_for(partial(child.open, data), self._limits.wall_s)
        except TimeoutError as late:
            seconds = f"{self._limits.wall_s:g}"
            raise BackgroundError(
                "background_too_slow", f"Decoding the picture takes over {seconds} seconds."
            ) from late

    async def _wait_for(self, wait: Callable[[], T], limit_s: float) -> T:
        async with asyncio.timeout(limit_s):
            return await asyncio.get_running_loop().run_in_executor(self._threads, wait)

    def _give_back(self, child: Child | None, *, reusable: bool) -> None:
        if child is not None and not reusable:
            log.warning("decoder.child_replaced")
            child.kill()
            self._threads.submit(child.end)
            child = None
        self._free.put_nowait(child)

    async def aclose(self) -> None:
        """Ends the children, each after the picture that it is at."""
        for _ in range(self.places):
            child = await self._free.get()
            if child is not None:
                child.end()
        self._threads.shutdown()

"""Where pictures are made: the provider paints, `compose` sets the headline, the store keeps both."""

from __future__ import annotations

import asyncio
import os
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

import structlog
from PIL import Image

from common import work
from common.errors import Permanent, Transient
from common.keys import background_key
from common.storage import ObjectStore, StoreAway
from imager.compose import Composed, check, compose
from imager.decoding.child import ChildNotStarted
from imager.decoding.decoder import Decoder
from imager.decoding.errors import BackgroundError
from imager.kept import Facts, packed, unpacked
from imager.providers.base import Brief
from imager.providers.chain import Chain, Painted
from imager.providers.local import LocalPainter
from imager.queries import ConceptTask
from vendors.errors import Failed

log = structlog.get_logger()

STORE_RETRY_S = 1.0

REHEARSAL = "Good Morning"
REHEARSAL_PALETTE = ("#1b1f3b", "#f4d35e", "#ee964b")


@dataclass(frozen=True, slots=True)
class Studio:
    store: ObjectStore
    decoder: Decoder
    chain: Chain

    async def warm_up(self) -> None:
        """Fonts, painters and children are loaded by their first use: better by this picture than by a creator's.

        Pictures are made on one thread for each core; more would only hold more memory. A machine that is too busy for
        it now need not be later: that does not end the process.
        """
        cores = os.cpu_count() or 1
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(cores, thread_name_prefix="studio"))
        try:
            await asyncio.gather(*(self._rehearse(position) for position in range(cores)))
        except (BackgroundError, ChildNotStarted, Transient, TimeoutError) as busy:
            log.warning("studio.not_warm", reason=type(busy).__name__)

    async def _rehearse(self, position: int) -> None:
        brief = Brief(f"rehearsal {position}", position, "bread", "warm", REHEARSAL_PALETTE, "left")
        painted = await LocalPainter().paint(brief, timeout_s=30)
        picture = await self.decoder.open(painted.data)
        await asyncio.to_thread(compose, picture, REHEARSAL, layout=brief.layout, palette=brief.palette)

    async def background(self, task: ConceptTask) -> tuple[Image.Image, Facts]:
        """The opened picture without text, and what the metadata says of it. One that an earlier attempt paid for is
        used. Raises HeadlineError before anything is paid for."""
        key = background_key(task.generation_id, task.id)
        kept = await self._kept(key)
        if kept is not None:
            return kept
        timeout_s = task.remaining_s - work.VENDOR_MARGIN_S
        if timeout_s <= 0:
            raise Permanent("deadline_exceeded", "It was not ready in time.")
        await asyncio.to_thread(check, task.headline, layout=task.layout)
        ends = time.monotonic() + timeout_s
        spent = 0

        async def accept(painted: Painted) -> tuple[Image.Image, Facts]:
            nonlocal spent
            spent += painted.background.cost_microcents
            # As it came, before anything else can fail: it may have cost money.
            data, facts = painted.background.data, _facts(key, painted, task.attempts, spent)
            await self._keep(key, packed(data, facts), ends)
            try:
                return await self._opened(key, data), facts
            except BackgroundError as bad:
                raise Failed(bad.code, bad.detail) from bad

        return await self.chain.paint(_brief(task), accept, timeout_s=timeout_s)

    async def _kept(self, key: str) -> tuple[Image.Image, Facts] | None:
        """None, too, for one that is of no use, which is thrown away."""
        stored = await self.store.get(key)
        if stored is None:
            return None
        data, facts = unpacked(stored)
        with suppress(BackgroundError):
            return await self._opened(key, data), {"background_key": key} | facts
        return None

    async def _keep(self, key: str, stored: bytes, ends: float) -> None:
        """Until it is there, for as long as there is time: it is paid for."""
        while True:
            try:
                return await self.store.put(key, stored)
            except StoreAway:
                if time.monotonic() > ends:
                    raise
            await asyncio.sleep(STORE_RETRY_S)

    async def _opened(self, key: str, data: bytes) -> Image.Image:
        """Raises BackgroundError for what is no picture to work with, which is not kept."""
        try:
            return await self.decoder.open(data)
        except BackgroundError:
            await self.store.delete(key)
            raise

    async def compose(
        self, picture: Image.Image, text: str, *, layout: str, palette: tuple[str, ...], key: str
    ) -> Composed:
        """The picture, which is painted on, with its text layer, stored under `key`. Raises HeadlineError."""
        composed = await asyncio.to_thread(compose, picture, text, layout=layout, palette=palette)
        await self.store.put(key, composed.jpeg)
        return composed


def _brief(task: ConceptTask) -> Brief:
    return Brief(
        seed=str(task.id),
        position=task.position,
        description=task.description,
        mood=task.mood,
        palette=task.palette,
        layout=task.layout,
    )


def _facts(key: str, painted: Painted, attempts: int, spent: int) -> Facts:
    """What the artifact's metadata says of where its background is from. spent: with those before it that were of no
    use."""
    background = painted.background
    return {
        "background_key": key,
        "provider": background.provider,
        "model": background.model,
        "cost_microcents": spent,
        "provider_ms": painted.ms,
        "tries": painted.tries,
        "attempts": attempts,
    }

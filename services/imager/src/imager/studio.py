"""Where pictures are made: the provider paints, a child decodes, `compose` sets the headline, the store keeps."""

from __future__ import annotations

import asyncio
import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from common import work
from common.errors import Permanent
from common.keys import background_key
from common.storage import ObjectStore
from imager.compose import Composed, compose
from imager.decoding.decoder import Decoder
from imager.providers.base import Brief, ImageProvider
from imager.providers.local import LocalPainter
from imager.queries import ConceptTask

REHEARSAL = "Good Morning"
REHEARSAL_PALETTE = ("#1b1f3b", "#f4d35e", "#ee964b")


@dataclass(frozen=True, slots=True)
class Studio:
    store: ObjectStore
    decoder: Decoder
    provider: ImageProvider

    async def warm_up(self) -> None:
        """Fonts, painters and children are loaded by their first use: better by this picture than by a creator's.

        Pictures are made on one thread for each core; more would only hold more memory.
        """
        cores = os.cpu_count() or 1
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(cores, thread_name_prefix="studio"))
        await asyncio.gather(*(self._rehearse(position) for position in range(cores)))

    async def _rehearse(self, position: int) -> None:
        brief = Brief(f"rehearsal {position}", position, "bread", "warm", REHEARSAL_PALETTE, "left")
        painted = await LocalPainter().paint(brief, timeout_s=30)
        picture = await self.decoder.open(painted.data)
        await asyncio.to_thread(compose, picture, REHEARSAL, layout=brief.layout, palette=brief.palette)

    async def background(self, task: ConceptTask) -> tuple[bytes, dict[str, object]]:
        """The picture without text and what the metadata says of it. One that an earlier attempt paid for is used.

        Stored as it came, before anything can fail: it may have cost money. `compose` finds out whether it is any good.
        """
        key = background_key(task.generation_id, task.id)
        found = await self.store.get(key)
        if found is not None:
            return found, {"background_key": key}
        timeout_s = task.remaining_s - work.VENDOR_MARGIN_S
        if timeout_s <= 0:
            raise Permanent("deadline_exceeded", "It was not ready in time.")
        started = time.perf_counter()
        painted = await self.provider.paint(_brief(task), timeout_s=timeout_s)
        await self.store.put(key, painted.data)
        return painted.data, {
            "background_key": key,
            "provider": painted.provider,
            "model": painted.model,
            "cost_microcents": painted.cost_microcents,
            "provider_ms": round((time.perf_counter() - started) * 1000),
        }

    async def discard_background(self, task: ConceptTask) -> None:
        await self.store.delete(background_key(task.generation_id, task.id))

    async def compose(
        self, background: bytes, text: str, *, layout: str, palette: tuple[str, ...], key: str
    ) -> Composed:
        """The picture with its text layer, stored under `key`. Raises BackgroundError or HeadlineError."""
        picture = await self.decoder.open(background)
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

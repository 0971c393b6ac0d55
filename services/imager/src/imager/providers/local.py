"""The provider named `local`: needs no key and no network, and says in its model's name which style it painted."""

from __future__ import annotations

import asyncio

from common.errors import Transient
from imager.providers.base import Background, Brief
from imager.providers.painter import paint


class LocalPainter:
    """Paints on a thread: the event loop stays free."""

    async def paint(self, brief: Brief, *, timeout_s: float) -> Background:
        """A background of 1344x768; the same brief gives the same bytes."""
        try:
            data, style = await asyncio.wait_for(asyncio.to_thread(paint, brief), timeout_s)
        except TimeoutError as late:
            raise Transient("painter_timeout", f"The background was not painted within {timeout_s:g} s.") from late
        return Background(data, provider="local", model=style)

    async def check(self) -> None:
        pass

    async def aclose(self) -> None:
        pass

"""Nothing tells a client that a stream or a consumer is gone: somebody has to look."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime

import structlog
from nats.aio.client import Client
from nats.errors import Error as NatsError

from common.streams import DriftError, Durable, declare, work_created_at

log = structlog.get_logger()

WATCH_S = 2.0
AGAIN_S = 0.5
ANSWER_S = 1.0  # what was asked of a server that is restarted is never answered


class Watchdog:
    """Declares what a service needs, looks whether it is still there, and tells when the work stream was lost."""

    def __init__(self, durables: list[Durable], abort: Callable[[str], None]) -> None:
        """`abort` ends the process: what the server holds can't be made what is declared here."""
        self._durables = durables
        self._abort = abort
        self._work_created_at: datetime | None = None
        self.when_lost: list[Callable[[], Awaitable[None]]] = []
        self.look_now = asyncio.Event()

    async def declare(self, client: Client) -> datetime | None:
        """However long it takes. Raises DriftError, after `abort`, when it will never succeed."""
        while True:
            try:
                created_at = await declare(client.jetstream(timeout=ANSWER_S), self._durables)
            except DriftError as error:
                self._abort(str(error))
                raise
            except NatsError as error:
                log.warning("bus.not_declared", reason=type(error).__name__)
                await asyncio.sleep(AGAIN_S)
            else:
                self._work_created_at = self._work_created_at or created_at
                return created_at

    async def watch(self, client: Client) -> None:
        """For ever, while the client is connected."""
        while True:
            if client.is_connected:
                await self._look(client)
            with suppress(TimeoutError):
                await asyncio.wait_for(self.look_now.wait(), timeout=WATCH_S)
            self.look_now.clear()

    async def _look(self, client: Client) -> None:
        try:
            created_at = await work_created_at(client.jetstream(timeout=ANSWER_S), self._durables)
        except NatsError as error:
            log.warning("bus.not_watched", reason=type(error).__name__)
            return
        if created_at is None:
            log.error("bus.declarations_lost")
            created_at = await self.declare(client)
        if created_at == self._work_created_at or await self._told_of_loss():
            self._work_created_at = created_at

    async def _told_of_loss(self) -> bool:
        """Whether all callbacks succeeded; otherwise the next look calls them again."""
        try:
            for callback in self.when_lost:
                await callback()
        except Exception as error:
            log.warning("bus.loss_not_told", exc_info=error)
            return False
        return True

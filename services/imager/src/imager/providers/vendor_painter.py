"""What the painters that ask a vendor have in common: settings, a bounded client, one call."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Generic, TypeVar

import httpx2

from common.errors import WorkError
from imager.providers.base import Background, Brief
from vendors import answers, http
from vendors.answers import Document
from vendors.errors import Failed
from vendors.settings import VendorSettings

S = TypeVar("S", bound=VendorSettings)


class VendorPainter(ABC, Generic[S]):
    """A vendor's adapter says how it asks, what it makes of an answer, and what a failure means."""

    SETTINGS: type[S]
    NAME: str
    CHECK_PATH: str
    """Answers by GET whether the key is good and the model there. `{model}` is filled in."""

    def __init__(self, settings: S) -> None:
        self.settings = settings
        self.client = http.client(self.settings)

    async def paint(self, brief: Brief, *, timeout_s: float) -> Background:
        """The caller limits the time: it knows how long a call may take altogether."""
        response = await self.ask(brief)
        if not response.is_success:
            raise self.failure(response)
        data, model = self.picture(response)
        return Background(data, self.NAME, model or self.settings.model or None, self.settings.price_microcents)

    async def check(self) -> None:
        path = self.CHECK_PATH.format(model=self.settings.model)
        response = await answers.ask(self.client, "GET", path, headers=self.headers())
        if not response.is_success:
            raise self.failure(response)

    async def aclose(self) -> None:
        await self.client.aclose()

    async def post(self, path: str, body: Document) -> httpx2.Response:
        return await answers.ask(self.client, "POST", path, headers=self.headers(), json=body)

    def headers(self) -> dict[str, str]:
        """With the key."""
        return {}

    @abstractmethod
    async def ask(self, brief: Brief) -> httpx2.Response:
        """One call for one picture, whatever comes of it."""

    @abstractmethod
    def picture(self, response: httpx2.Response) -> tuple[bytes, str | None]:
        """Its bytes, and the model that made it where the answer says so."""

    def failure(self, response: httpx2.Response) -> WorkError:
        """By HTTP's rules, unless the vendor says more."""
        return answers.failure(response)


def no_picture(reason: object) -> Failed:
    """A success that brought none. The reason goes to the log, if it is a word."""
    return answers.nothing_came("provider_no_picture", reason)

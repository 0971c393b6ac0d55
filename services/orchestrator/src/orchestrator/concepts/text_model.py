"""What a text model is: a conversation in, text out. One file for each vendor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, Protocol

from pydantic import BaseModel

from vendors.settings import VendorSettings


@dataclass(frozen=True, slots=True)
class Turn:
    """Who says what. The rules are no turn: they are given apart, so that no turn can be taken for them."""

    who: Literal["user", "model"]
    text: str


class TextModel(Protocol):
    """Raises common.errors' Refused, or one of vendors.errors."""

    SETTINGS: ClassVar[type[VendorSettings]]
    NAME: ClassVar[str]
    """Its vendor's: the writer goes by it."""

    @property
    def settings(self) -> VendorSettings: ...

    def __init__(self, settings: VendorSettings) -> None: ...

    async def answer(self, rules: str, turns: Sequence[Turn], shape: type[BaseModel]) -> str:
        """The model's next turn: JSON, meant to be of that shape. The caller limits the time."""
        ...

    async def check(self) -> None:
        """Raises what a call would. Costs nothing."""
        ...

    async def aclose(self) -> None: ...

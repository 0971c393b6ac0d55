"""The imager's environment."""

from __future__ import annotations

import os
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import NoDecode

from common.settings import ServiceSettings
from common.store_settings import StoreSettings
from imager.providers.registry import PROVIDERS

KEYS = {"gemini": "GEMINI_API_KEY", "openai": "OPENAI_API_KEY", "stability": "STABILITY_API_KEY"}
"""A key in the environment chooses its vendor, unless the setting names others."""


def _with_a_key() -> tuple[str, ...]:
    return tuple(name for name, key in KEYS.items() if os.environ.get(key)) or ("local",)


class Settings(StoreSettings, ServiceSettings):
    image_providers: Annotated[tuple[str, ...], NoDecode] = Field(
        default_factory=_with_a_key, description="in the order in which they are asked"
    )
    ask_after_refusal: bool = Field(default=False, description="the next provider, for what a safety system refused")
    imager_concurrency: int = Field(default=4, ge=1, le=64, description="concepts at a time in this process")

    @field_validator("image_providers", mode="before")
    @classmethod
    def _are_known(cls, value: str | tuple[str, ...]) -> tuple[str, ...]:
        names = tuple(name.strip() for name in value.split(",")) if isinstance(value, str) else value
        if not names or len(set(names)) < len(names) or not set(names) <= set(PROVIDERS):
            raise ValueError(f"name image providers, each once; there are: {', '.join(sorted(PROVIDERS))}")
        return names

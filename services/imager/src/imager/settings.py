"""The imager's environment."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import NoDecode

from common.settings import ServiceSettings
from common.store_settings import StoreSettings
from imager.providers.registry import PROVIDERS


class Settings(StoreSettings, ServiceSettings):
    image_providers: Annotated[tuple[str, ...], NoDecode] = ("local",)
    imager_concurrency: int = Field(default=4, ge=1, le=64, description="concepts at a time in this process")

    @field_validator("image_providers", mode="before")
    @classmethod
    def _are_known(cls, value: str | tuple[str, ...]) -> tuple[str, ...]:
        names = tuple(name.strip() for name in value.split(",")) if isinstance(value, str) else value
        unknown = [name for name in names if name not in PROVIDERS]
        if unknown or len(names) != 1:
            raise ValueError(f"name one image provider; there are: {', '.join(sorted(PROVIDERS))}")
        return names

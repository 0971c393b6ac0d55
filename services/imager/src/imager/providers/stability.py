"""Stability's Stable Image API.

Source: https://platform.stability.ai/docs/api-reference
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import httpx2
from pydantic import Field, SecretStr

from common.errors import WorkError
from imager.providers.base import Brief
from imager.providers.prompting import UNWANTED, prompt_of
from imager.providers.vendor_painter import VendorPainter, no_picture
from vendors import answers, errors, http
from vendors.settings import VendorSettings, section

MODERATED = "content_moderation"
FILTERED = "CONTENT_FILTERED"
"""The `finish-reason` of a picture that was blurred."""


class StabilitySettings(VendorSettings):
    """model: which of the service's three."""

    model_config = section("STABILITY")

    api_key: SecretStr = Field(validation_alias="STABILITY_API_KEY", min_length=1)
    base_url: str = "https://api.stability.ai"
    model: Literal["core", "ultra", "sd3"] = "core"
    per_minute: int = Field(default=150, ge=1, le=3_000)
    price_cents: Decimal = Field(default=Decimal(3), ge=0, le=1_000)


class StabilityPainter(VendorPainter[StabilitySettings]):
    SETTINGS = StabilitySettings
    NAME = "stability"
    CHECK_PATH = "/v1/user/balance"

    def headers(self) -> dict[str, str]:
        return http.bearer(self.settings.api_key)

    async def ask(self, brief: Brief) -> httpx2.Response:
        fields = {
            "prompt": prompt_of(brief),
            "negative_prompt": UNWANTED,
            "aspect_ratio": "16:9",
            "output_format": "jpeg",
        }
        return await answers.ask(
            self.client,
            "POST",
            f"/v2beta/stable-image/generate/{self.settings.model}",
            headers=self.headers() | {"Accept": "image/*"},
            files={name: (None, value) for name, value in fields.items()},
        )

    def picture(self, response: httpx2.Response) -> tuple[bytes, str | None]:
        if response.headers.get("finish-reason") == FILTERED:
            raise errors.refused()
        if not response.headers.get("Content-Type", "").startswith("image/") or not response.content:
            raise no_picture(response.headers.get("finish-reason"))
        return response.content, None

    def failure(self, response: httpx2.Response) -> WorkError:
        name = answers.named(response)
        return errors.refused() if name == MODERATED else answers.failure(response, name)

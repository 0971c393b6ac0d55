"""Gemini's image models, by its REST interface.

Source: https://ai.google.dev/gemini-api/docs/image-generation
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import httpx2
from pydantic import Field, SecretStr

from common.errors import WorkError
from imager.providers.base import Brief
from imager.providers.prompting import prompt_of
from imager.providers.vendor_painter import VendorPainter, no_picture
from vendors import answers, gemini
from vendors.answers import at
from vendors.settings import VendorSettings, section


class GeminiImageSettings(VendorSettings):
    model_config = section("GEMINI_IMAGE")

    api_key: SecretStr = Field(validation_alias="GEMINI_API_KEY", min_length=1)
    base_url: str = gemini.BASE_URL
    model: str = Field(default="gemini-3.1-flash-image", pattern=r"^[A-Za-z0-9._-]+$")
    size: Literal["1K", "2K", "4K"] = "1K"
    price_cents: Decimal = Field(default=Decimal("6.7"), ge=0, le=1_000)


class GeminiPainter(VendorPainter[GeminiImageSettings]):
    SETTINGS = GeminiImageSettings
    NAME = "gemini"
    CHECK_PATH = f"/{gemini.VERSION}/models/{{model}}"

    def headers(self) -> dict[str, str]:
        return {gemini.KEY_HEADER: self.settings.api_key.get_secret_value()}

    async def ask(self, brief: Brief) -> httpx2.Response:
        image = {"aspectRatio": "16:9", "imageSize": self.settings.size}
        return await self.post(
            f"/{gemini.VERSION}/models/{self.settings.model}:generateContent",
            {
                "contents": [{"role": "user", "parts": [{"text": prompt_of(brief)}]}],
                "generationConfig": {"responseModalities": ["IMAGE"], "imageConfig": image},
            },
        )

    def picture(self, response: httpx2.Response) -> tuple[bytes, str | None]:
        answer = answers.document(response.content)
        parts = at(answer, "candidates", 0, "content", "parts")
        for part in parts if isinstance(parts, list) else []:
            found = at(part, "inlineData", "data")
            if found is not None and at(part, "thought") is not True:  # some models try compositions first
                return answers.picture(found), answers.model(at(answer, "modelVersion"))
        raise gemini.refusal(answer) or no_picture(at(answer, "candidates", 0, "finishReason"))

    def failure(self, response: httpx2.Response) -> WorkError:
        return gemini.failure(response)

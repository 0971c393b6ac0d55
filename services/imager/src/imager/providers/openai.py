"""OpenAI's GPT image models.

Source: https://platform.openai.com/docs/api-reference/images/create
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

import httpx2
from pydantic import Field, SecretStr, field_validator
from pydantic_settings import NoDecode

from common.errors import WorkError
from imager.providers.base import Brief
from imager.providers.picture_links import fetched, origins
from imager.providers.prompting import prompt_of
from imager.providers.vendor_painter import VendorPainter, no_picture
from vendors import answers, errors, http
from vendors.answers import at
from vendors.settings import VendorSettings, section

REFUSALS = {"moderation_blocked", "content_policy_violation"}
OUT_OF_CREDIT = {"insufficient_quota", "billing_hard_limit_reached"}


class OpenAiImageSettings(VendorSettings):
    """size: both sides multiples of 16, about 16:9. picture_origins: from where linked pictures may be fetched."""

    model_config = section("OPENAI_IMAGE")

    api_key: SecretStr = Field(validation_alias="OPENAI_API_KEY", min_length=1)
    base_url: str = "https://api.openai.com"
    model: str = Field(default="gpt-image-2", pattern=r"^[A-Za-z0-9._-]+$")
    size: str = Field(default="1536x864", pattern=r"^\d{3,4}x\d{3,4}$")
    quality: Literal["low", "medium", "high", "auto"] = "medium"
    price_cents: Decimal = Field(default=Decimal("4.1"), ge=0, le=1_000)
    picture_origins: Annotated[tuple[str, ...], NoDecode] = ()

    @field_validator("size")
    @classmethod
    def _can_be_made(cls, size: str) -> str:
        width, height = map(int, size.split("x"))
        if width % 16 or height % 16 or width < 1280 or height < 720:
            raise ValueError("must be <width>x<height>, multiples of 16, and 1280x720 at least")
        return size

    @field_validator("picture_origins", mode="before")
    @classmethod
    def _are_origins(cls, value: str | tuple[str, ...]) -> tuple[str, ...]:
        return origins(value)


class OpenAiPainter(VendorPainter[OpenAiImageSettings]):
    SETTINGS = OpenAiImageSettings
    NAME = "openai"
    CHECK_PATH = "/v1/models/{model}"

    def headers(self) -> dict[str, str]:
        return http.bearer(self.settings.api_key)

    async def ask(self, brief: Brief) -> httpx2.Response:
        settings = self.settings
        response = await self.post(
            "/v1/images/generations",
            {
                "model": settings.model,
                "prompt": prompt_of(brief),
                "size": settings.size,
                "quality": settings.quality,
                "output_format": "jpeg",
                "n": 1,
            },
        )
        if not settings.picture_origins:  # no link would be followed: the megabytes are read once, by `picture`
            return response
        link = self._link(response)
        return response if link is None else await fetched(self.client, link, settings.picture_origins)

    def picture(self, response: httpx2.Response) -> tuple[bytes, str | None]:
        if response.headers.get("Content-Type", "").startswith("image/"):
            return response.content, None
        answer = answers.document(response.content)
        found = at(answer, "data", 0, "b64_json")
        if found is None:
            raise no_picture(at(answer, "status"))
        return answers.picture(found), None

    def failure(self, response: httpx2.Response) -> WorkError:
        said = answers.error_of(response).get("code")
        code = said if isinstance(said, str) else None
        if code in REFUSALS:
            return errors.refused()
        if code in OUT_OF_CREDIT:
            return errors.Unusable("provider_out_of_credit", "the account has no credit left")
        found = answers.failure(response, code)
        if response.headers.get("x-should-retry") == "false" and isinstance(found, errors.Failed):
            return errors.rejected()
        return found

    @staticmethod
    def _link(response: httpx2.Response) -> str | None:
        """Of models that answer with an address instead of the bytes."""
        if not response.is_success:
            return None
        first = at(answers.document(response.content), "data", 0)
        link = at(first, "url")
        return link if isinstance(link, str) and at(first, "b64_json") is None else None
